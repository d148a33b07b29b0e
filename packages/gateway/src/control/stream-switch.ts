import type { Keyspace } from '@hermes/contracts';
import { type Logger, readSwitches } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import type { ControlChannel } from './control-channel.ts';

const RETRY_MS = 500;

export interface StreamSwitchOptions {
  control: ControlChannel;
  commands: Redis;
  keys: Keyspace;
  logger: Logger;
  /** What holds while nobody has switched anything. */
  environment: boolean;
  onOff(): void;
}

/** Whether streams are served: the environment's value, unless an admin has switched it at run time, for all gateways. */
export class StreamSwitch {
  readonly #options: StreamSwitchOptions;
  #isOn: boolean;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: StreamSwitchOptions) {
    this.#options = options;
    this.#isOn = options.environment;
    options.control.listen({
      onMessage: ({ type }) => {
        if (type === 'switches') this.readAgain();
      },
      onBack: () => this.readAgain(),
    });
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Reads it; to be called once the control channel is listened to, so that no change falls in between. */
  async read(): Promise<void> {
    const { commands, keys, logger, environment, onOff } = this.#options;
    const { sse_enabled } = await readSwitches(commands, keys);
    const isOn = sse_enabled ?? environment;
    if (isOn === this.#isOn || this.#isClosed) return;
    this.#isOn = isOn;
    logger.info({ enabled: isOn, switched: sse_enabled !== null }, `Streams are ${isOn ? 'on' : 'off'} now`);
    if (!isOn) onOff();
  }

  /** Until it has succeeded: Redis may be on its way back. */
  readAgain(): void {
    clearTimeout(this.#timer);
    this.read().catch(() => {
      if (this.#isClosed) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.readAgain(), RETRY_MS);
      this.#timer.unref();
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
