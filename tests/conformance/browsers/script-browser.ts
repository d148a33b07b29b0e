/** A browser with one page in which a test runs scripts. */
export interface ScriptBrowser {
  open(url: string): Promise<void>;
  /** Runs the body of a function in the page. @returns what it returns, as JSON would carry it. */
  run(body: string): Promise<unknown>;
  close(): Promise<void>;
}
