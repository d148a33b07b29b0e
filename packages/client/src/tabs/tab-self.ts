import type { Cursor } from '@hermes/contracts';
import type { Demand } from '../demand.ts';
import type { StreamEvent } from '../stream-event.ts';
import { TabLog } from './tab-log.ts';
import type { TabMessage, Telling, Term } from './tab-message.ts';

/** What a tab has to do next, in this order. */
export type TabEffect =
  | { do: 'post'; message: TabMessage }
  | { do: 'deliver'; event: StreamEvent }
  /** What is known of the connection, of its own or by what the leader says. */
  | { do: 'connection'; connection: Telling }
  | { do: 'request-lock' | 'steal-lock' | 'release-lock' | 'close-stream' | 'reconnect-stream' }
  | { do: 'open-stream'; from: Cursor | null }
  | { do: 'want'; demand: Demand };

export const CONNECTING: Telling = { state: 'connecting', attempts: 0, error: null, notice: null };
export const OFF: Telling = { ...CONNECTING, state: 'off' };

/** What a tab is and knows whether it leads or follows, and what it has yet to do. */
export class TabSelf {
  /** Unique among the tabs. */
  readonly id: string;
  readonly log = new TabLog();
  demand: Demand = { topics: [], intervalMs: 0 };
  /** Nobody sees this tab. */
  isHidden = false;
  /** The greatest heard of; its id names the leader. */
  term: Term = { n: 0, id: '' };
  #connection: Telling = OFF;
  #effects: TabEffect[] = [];

  constructor(id: string) {
    this.id = id;
  }

  get connection(): Telling {
    return this.#connection;
  }

  tell(connection: Telling): void {
    this.#connection = connection;
    this.do({ do: 'connection', connection });
  }

  receive(events: readonly StreamEvent[]): void {
    for (const event of events) {
      for (const news of this.log.take(event)) this.do({ do: 'deliver', event: news });
    }
  }

  post(message: TabMessage): void {
    this.do({ do: 'post', message });
  }

  do(effect: TabEffect): void {
    this.#effects.push(effect);
  }

  /** What is to be done since this was last asked. */
  takeEffects(): TabEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
