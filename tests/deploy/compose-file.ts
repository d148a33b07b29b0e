import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';

const COMPOSE = resolve(import.meta.dirname, '../../docker-compose.yml');

/** The options of Node itself with which Compose runs a service: what is tested and measured is what is deployed. */
export async function deployedNodeArguments(service: string): Promise<string[]> {
  const { services } = parse(await readFile(COMPOSE, 'utf8'), { merge: true });
  const entrypoint: string[] = services[service].entrypoint ?? [];
  // Between `node` and the program.
  return entrypoint.slice(1, -1);
}
