import { VARIABLES, type Variable } from './variables.ts';

const HEADER = `# Every variable that Hermes reads, with its default and what it means. A wrong value stops the start with one line
# that names it. Copy this file to .env and uncomment what you change; an empty value counts as unset.
`;

/** The text of the `.env.example` at the root. All of it is commented out: a copy changes nothing by itself. */
export function renderEnvExample(): string {
  const entries = Object.entries<Variable>(VARIABLES);
  const blocks = entries.map(([name, variable]) => {
    const aliases = variable.aliases ? ` Also read as ${variable.aliases.join(', ')}.` : '';
    return `# ${variable.meaning}${aliases}\n# ${name}=${variable.default ?? ''}\n`;
  });
  return [HEADER, ...blocks].join('\n');
}
