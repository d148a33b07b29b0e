export interface ReceivedEvent {
  id: string | undefined;
  event: string;
  data: Record<string, unknown>;
}
/** A client that we did not write reads the stream: the parser is the npm package `eventsource-parser`. */
export declare class TestStream {
  #private;
  readonly response: Response;
  /** Everything received so far, in order. */
  readonly received: ReceivedEvent[];
  retry: number | null;
  /** Resolves when the server has ended the stream or the connection broke. */
  readonly ended: Promise<void>;
  private constructor();
  static open(url: string, headers: Record<string, string>): Promise<TestStream>;
  /** The id that a client would come back with. */
  get lastEventId(): string | undefined;
  get isEnded(): boolean;
  /** The next event of that name, skipping others. @throws when the stream ends or 10 s pass without it. */
  next(name: string): Promise<ReceivedEvent>;
  close(): void;
}
