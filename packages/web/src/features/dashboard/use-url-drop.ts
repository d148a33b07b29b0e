import { useEffect, useEffectEvent, useState } from 'react';

/**
 * Takes links and text dropped anywhere on the page.
 * @returns whether something that can be dropped is being held over it.
 */
export function useUrlDrop(onDrop: (text: string) => void): boolean {
  const [over, setOver] = useState(false);
  const drop = useEffectEvent(onDrop);

  useEffect(() => {
    // Every element that the pointer passes fires its own pair of enter and leave.
    let depth = 0;
    const listen = (name: 'dragenter' | 'dragover' | 'dragleave' | 'drop', handler: (data: DataTransfer) => void) => {
      const listener = (event: DragEvent) => {
        if (event.dataTransfer === null || !hasText(event.dataTransfer) || isTextField(event.target)) return;
        event.preventDefault();
        handler(event.dataTransfer);
      };
      window.addEventListener(name, listener);
      return () => window.removeEventListener(name, listener);
    };
    const enter = (by: number) => {
      depth = Math.max(0, depth + by);
      setOver(depth > 0);
    };
    const stops = [
      listen('dragenter', () => enter(1)),
      listen('dragleave', () => enter(-1)),
      listen('dragover', (data) => {
        data.dropEffect = 'copy';
      }),
      listen('drop', (data) => {
        enter(-depth);
        drop(textOf(data));
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);

  return over;
}

function hasText(data: DataTransfer): boolean {
  return !data.types.includes('Files') && (data.types.includes('text/uri-list') || data.types.includes('text/plain'));
}

/** A text field takes a drop by itself, at the place of the cursor. */
function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
}

/** In a list of URIs (RFC 2483) lines with # are comments. */
function textOf(data: DataTransfer): string {
  const list = data.getData('text/uri-list').split(/\r?\n/);
  const uris = list.filter((line) => line !== '' && !line.startsWith('#'));
  return uris.length > 0 ? uris.join('\n') : data.getData('text/plain');
}
