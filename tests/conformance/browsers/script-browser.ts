/** A tab in which a test runs scripts. */
export interface ScriptPage {
  open(url: string): Promise<void>;
  /** Runs the body of a function in the page. @returns what it returns, as JSON would carry it. */
  run(body: string): Promise<unknown>;
}

/** A browser that begins with one tab. */
export interface ScriptBrowser extends ScriptPage {
  /** Another tab beside those that there are: same cookies, same storage. */
  newPage(): Promise<ScriptPage>;
  close(): Promise<void>;
}
