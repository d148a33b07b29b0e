/** What vite.config.ts puts in place of these when it builds: parsed, so neither is text that has still to be read. */
interface ImportMetaEnv {
  readonly VITE_SSE_ENABLED: boolean;
  readonly VITE_API_BASE_URL: string;
}
