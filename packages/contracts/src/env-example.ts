import { VARIABLES, type Variable } from './variables.ts';

const HEADER = `# Every variable that Hermes reads, with its default and what it means. A wrong value stops the start with one line
# that names it. Copy this file to .env and change what you need; an empty value counts as unset.
`;

/** The text of the `.env.example` at the root. What has no default is commented out. */
export function renderEnvExample(): string {
  const entries = Object.entries<Variable>(VARIABLES);
  const blocks = entries.map(([name, variable]) => {
    const aliases = variable.aliases ? ` Also read as ${variable.aliases.join(', ')}.` : '';
    const assignment = variable.default === null ? `# ${name}=` : `${name}=${variable.default}`;
    return `# ${variable.meaning}${aliases}\n${assignment}\n`;
  });
  return [HEADER, ...blocks].join('\n');
}
