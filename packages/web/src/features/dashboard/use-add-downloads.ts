import { useConnection, useHermesApi } from '@hermes/react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addAll } from './add-all.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { parseUrlLines, type UrlLine } from './parse-url-lines.ts';
import { useDraft } from './use-draft.ts';

/** Of the page, not of the box: it may be left and come back to while an answer is awaited. */
const keys = new IdempotencyKeys();

/**
 * The text of the add box and what becomes of it. Lines that were accepted leave the box; every other line stays, with
 * what is wrong with it, so that nothing that was typed is lost, whatever fails.
 */
export function useAddDownloads() {
  const api = useHermesApi();
  const queryClient = useQueryClient();
  const connection = useConnection();
  const [text, setText] = useDraft();
  const [problems, setProblems] = useState<UrlLine[]>([]);
  const [sending, setSending] = useState(false);
  const [added, setAdded] = useState(0);

  /** @param input what to add. @param keep what stays in the box untouched. */
  async function add(input: string, keep = ''): Promise<void> {
    const entries = parseUrlLines(input);
    if (entries.length === 0 || sending) return;
    setSending(true);
    setProblems([]);
    // Stored before it is sent: should a 401 take the page to the log-in, the box is as it was afterwards.
    setText(joined(keep, input));
    const refused = new Map<UrlLine, string>();
    for (const entry of entries) if (entry.problem !== null) refused.set(entry, entry.problem);
    const waiting = entries.filter((entry) => entry.problem === null);
    try {
      for (const [entry, problem] of await addAll(api, waiting, keys))
        if (problem !== null) refused.set(entry, problem);
    } finally {
      setSending(false);
    }

    const left = entries.flatMap((entry) => {
      const problem = refused.get(entry);
      return problem === undefined ? [] : [{ text: entry.text, problem }];
    });
    const offset = keep.trim() === '' ? 0 : keep.split('\n').length;
    setText(joined(keep, left.map((entry) => entry.text).join('\n')));
    setProblems(left.map((entry, index) => ({ ...entry, line: offset + index + 1 })));
    setAdded(entries.length - left.length);
    // A live stream brings them by itself.
    if (left.length < entries.length && connection.state !== 'live') {
      await queryClient.invalidateQueries({ queryKey: ['queue'] });
    }
  }

  return {
    text,
    problems,
    sending,
    /** How many the last `add` brought in. */
    added,
    add,
    change(next: string) {
      setText(next);
      setProblems([]);
      setAdded(0);
    },
  };
}

function joined(keep: string, rest: string): string {
  return [keep, rest].filter((part) => part.trim() !== '').join('\n');
}
