import { Button, Textarea } from '@mantine/core';
import { IconArrowBarToDown, IconPlus } from '@tabler/icons-react';
import { type FormEvent, type KeyboardEvent, memo, type RefObject } from 'react';
import { parseUrlLines, type UrlLine } from './parse-url-lines.ts';
import { useAddDownloads } from './use-add-downloads.ts';
import { useUrlDrop } from './use-url-drop.ts';
import './add-box.css';

const PROBLEMS_ID = 'add-problems';

/** Not drawn with the page: at every drawing the input measures how high its text is, and the whole page with it. */
export const AddBox = memo(function AddBox({ inputRef }: { inputRef: RefObject<HTMLTextAreaElement | null> }) {
  const { text, problems, sending, added, add, change } = useAddDownloads();
  const dropping = useUrlDrop((dropped) => void add(dropped, text));
  const count = parseUrlLines(text).length;

  function submit(event: FormEvent) {
    event.preventDefault();
    inputRef.current?.focus();
    void add(text);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key === 'Escape') event.currentTarget.blur();
    // While an input method composes, Enter picks a candidate.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    submit(event);
  }

  return (
    <form className="add-box" onSubmit={submit}>
      <Textarea
        ref={inputRef}
        className="add-box-input"
        aria-label="Links to download, one on each line"
        placeholder="Paste links, one on each line"
        autosize
        minRows={1}
        maxRows={8}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        inputMode="url"
        enterKeyHint="send"
        readOnly={sending}
        value={text}
        error={problems.length > 0}
        aria-describedby={problems.length > 0 ? PROBLEMS_ID : undefined}
        onChange={(event) => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        data-testid="add-input"
      />
      <Button
        className="add-box-button"
        type="submit"
        loading={sending}
        leftSection={<IconPlus size={16} stroke={2} />}
        data-testid="add-button"
      >
        {count > 1 ? `Add ${count}` : 'Add'}
      </Button>
      <div className="add-box-below" id={PROBLEMS_ID} role="alert">
        {problems.length > 0 && <Problems problems={problems} added={added} />}
      </div>
      <p className="visually-hidden" role="status">
        {added > 0 ? `Added ${named(added)}` : ''}
      </p>
      {dropping && (
        <div className="drop-veil" aria-hidden="true">
          <div className="drop-veil-sign">
            <IconArrowBarToDown size={28} stroke={1.75} />
            Drop the link to download it
          </div>
        </div>
      )}
    </form>
  );
});

function Problems({ problems, added }: { problems: readonly UrlLine[]; added: number }) {
  const numbered = problems.length > 1 || problems.some(({ line }) => line > 1);
  return (
    <ul className="add-problems" data-testid="add-problems">
      {added > 0 && <li className="add-problems-added">Added {named(added)}. These need another look:</li>}
      {problems.map(({ line, text, problem }) => (
        <li key={`${line} ${text}`}>
          {numbered && <span className="add-problems-line">Line {line}</span>}
          <span className="add-problems-url">{text}</span> {problem}
        </li>
      ))}
    </ul>
  );
}

function named(count: number): string {
  return count === 1 ? '1 download' : `${count} downloads`;
}
