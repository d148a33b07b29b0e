import { useEffect, useLayoutEffect, useRef, useState } from 'react';

interface Hint {
  target: HTMLElement;
  text: string;
}

/** From the edges of the window and from what it belongs to, in pixels. */
const GAP = 6;
const LOOK_AGAIN_MS = 100;

/**
 * Says in words what a button with only an icon does, `data-hint` on it, while it is pointed at or has the focus of the
 * keyboard. One for the whole page: a row costs an attribute. For the eye alone: the button has an `aria-label` as well.
 */
export function Hints() {
  const [hint, setHint] = useState<Hint | null>(null);
  const ref = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const hide = () => setHint(null);
    const show = ({ target }: Event) => setHint(target instanceof Element ? read(target.closest('[data-hint]')) : null);
    const onPointerOver = (event: PointerEvent) => event.pointerType === 'mouse' && show(event);
    const onFocusIn = (event: FocusEvent) =>
      event.target instanceof Element && event.target.matches(':focus-visible') && show(event);
    const onKeyDown = ({ key }: KeyboardEvent) => key === 'Escape' && hide();
    const listening = new AbortController();
    const { signal } = listening;
    document.addEventListener('pointerover', onPointerOver, { signal });
    document.addEventListener('focusin', onFocusIn, { signal });
    document.addEventListener('focusout', hide, { signal });
    document.addEventListener('keydown', onKeyDown, { signal });
    document.documentElement.addEventListener('pointerleave', hide, { signal });
    document.addEventListener('scroll', hide, { signal, capture: true });
    return () => listening.abort();
  }, []);

  // A button may say something else once it is pressed, and go together with its row without a word.
  const target = hint?.target;
  useEffect(() => {
    if (target === undefined) return;
    const timer = setInterval(() => {
      setHint((shown) => {
        const now = read(target);
        return shown?.text === now?.text ? shown : now;
      });
    }, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [target]);

  useLayoutEffect(() => {
    const box = ref.current;
    if (hint === null || box === null) return;
    const of = hint.target.getBoundingClientRect();
    const left = of.left + of.width / 2 - box.offsetWidth / 2;
    const above = of.top - box.offsetHeight - GAP;
    box.style.left = `${Math.max(GAP, Math.min(left, document.documentElement.clientWidth - box.offsetWidth - GAP))}px`;
    box.style.top = `${above < GAP ? of.bottom + GAP : above}px`;
  }, [hint]);

  return (
    hint && (
      <div className="hint" ref={ref} aria-hidden>
        {hint.text}
      </div>
    )
  );
}

function read(target: Element | null): Hint | null {
  if (!(target instanceof HTMLElement) || !target.isConnected) return null;
  const text = target.dataset.hint;
  return text === undefined ? null : { target, text };
}
