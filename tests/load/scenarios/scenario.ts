import type { Bar, Table } from '../report.ts';
import type { Stage } from '../stage.ts';
import type { TargetName, TargetOptions } from '../targets/target.ts';

/** What a scenario has to work with. */
export interface Bench {
  /** A tenth of the time: enough to see that it works, not to quote from. */
  quick: boolean;
  /** Starts these servers, as far as they can be had, runs the body, and ends all of them, whatever happens. */
  withStages(
    names: readonly TargetName[],
    body: (stages: Stage[]) => Promise<void>,
    options?: TargetOptions,
  ): Promise<void>;
  /** Tells whoever waits. */
  log(text: string): void;
}

export interface Scenario {
  name: string;
  summary: string;
  /** Takes so long that it runs, and is written down, by itself alone. */
  isExtra?: boolean;
  run(bench: Bench): Promise<{ tables: Table[]; bars: Bar[] }>;
}
