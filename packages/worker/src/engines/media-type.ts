/** Of the containers that yt-dlp and ffmpeg make. */
const TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.webm': 'video/webm',
  '.mkv': 'video/matroska',
  '.mov': 'video/quicktime',
  '.ts': 'video/mp2t',
  '.flv': 'video/x-flv',
  '.m4a': 'audio/mp4',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.aac': 'audio/aac',
  '.flac': 'audio/flac',
  '.wav': 'audio/wav',
};

/** The media type of a file by its extension; null if it is not one of the usual. */
export function mediaType(extension: string): string | null {
  return TYPES[extension.toLowerCase()] ?? null;
}
