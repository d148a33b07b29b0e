import { useState } from 'react';

const STORAGE_KEY = 'hermes.add-draft';

/** Text that outlives a reload of its tab and the way over the log-in page, but not the tab. */
export function useDraft(): [string, (text: string) => void] {
  const [text, setText] = useState(read);
  return [
    text,
    (next) => {
      setText(next);
      write(next);
    },
  ];
}

function read(): string {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? '';
  } catch {
    return '';
  }
}

/** Without storage, or with a full one, the text lives as long as the page. */
function write(text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, text);
  } catch {}
}
