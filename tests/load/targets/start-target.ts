import type { Cores } from '../process/cores.ts';
import { startHermes } from './hermes-target.ts';
import { findNchan, startNchan } from './nchan-target.ts';
import { startNodePeer } from './node-peer-target.ts';
import type { Target, TargetName, TargetOptions } from './target.ts';

/** @returns null if that server cannot be had on this machine. */
export async function startTarget(name: TargetName, cores: Cores, options: TargetOptions): Promise<Target | null> {
  if (name === 'hermes') return startHermes(cores, options);
  if (name !== 'nchan') return startNodePeer(name, cores);
  const nginx = findNchan();
  return nginx === null ? null : startNchan(nginx, cores);
}
