import { serveCommands } from '../process/remote.ts';
import { Fleet } from './fleet.ts';

/** Many clients in a process of their own, so that they can have a core of their own. */
const fleet = new Fleet();

const commands = {
  open: fleet.open.bind(fleet),
  stall: fleet.stall.bind(fleet),
  mark: fleet.mark.bind(fleet),
  settle: fleet.settle.bind(fleet),
  read: fleet.read.bind(fleet),
  close: fleet.close.bind(fleet),
};

export type LoadCommands = typeof commands;

serveCommands(commands);
