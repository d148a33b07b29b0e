import type { Download } from '@hermes/contracts';

export type NewDownload = Omit<Download, 'seq' | 'status' | 'attempt'>;

/** A download that has just been made; what the log gives it is missing. */
export function makeNewDownload(id: string, rest: Partial<NewDownload> = {}): NewDownload {
  const created_at = rest.created_at ?? new Date().toISOString();
  return {
    download_id: id,
    url: `https://files.example.com/${id}.bin`,
    progress: null,
    downloaded_bytes: 0,
    total_bytes: null,
    download_speed: null,
    eta: null,
    filename: null,
    engine: 'http',
    priority: 50,
    error: null,
    result: null,
    session_id: null,
    created_at,
    started_at: null,
    completed_at: null,
    updated_at: created_at,
    ...rest,
  };
}
