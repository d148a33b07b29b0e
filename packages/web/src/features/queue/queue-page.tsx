import { useNavigate, useSearch } from '@tanstack/react-router';
import { usePageTitle } from '../shell/use-page-title.ts';
import { Queue } from './queue.tsx';
import { queueView } from './queue-views.ts';

export function QueuePage() {
  const { view: name, q: query = '' } = useSearch({ from: '/shell/queue' });
  const navigate = useNavigate({ from: '/queue' });
  const view = queueView(name);
  usePageTitle('Queue', view.name === 'unfinished' ? null : view.title);
  return (
    // Another view is another list: what was chosen in the one before is not to be acted on in this one.
    <Queue
      key={view.name}
      view={view}
      query={query}
      onQuery={(q) =>
        void navigate({ search: (before) => ({ ...before, q: q === '' ? undefined : q }), replace: true })
      }
    />
  );
}
