import { useHermesApi } from '@hermes/react';
import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy, IconTicket } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type CurlStream, curlStream, curlWithKey, curlWithToken } from './curl-command.ts';
import type { InspectorFilter } from './inspected-event.ts';

/** Seconds. */
const TOKEN_TTL = 300;

/** The same stream in a terminal: by a key that one has, or by a token made for it. */
export function CurlSection({ filter }: { filter: InspectorFilter }) {
  const api = useHermesApi();
  const stream = curlStream(new URL(api.baseUrl, window.location.href).href, filter);
  const token = useMutation({
    mutationFn: async (of: CurlStream) => ({ of, made: await api.createStreamToken(of.scope, TOKEN_TTL) }),
  });
  // A token for another stream would not open this one.
  const made = token.data?.of.url === stream.url ? token.data.made : null;
  return (
    <section className="inspector-section" aria-labelledby="curl-title">
      <h2 id="curl-title">In a terminal</h2>
      <Command text={curlWithKey(stream)} testId="curl-key" />
      {made === null ? (
        <Button
          variant="default"
          leftSection={<IconTicket size={16} stroke={1.75} />}
          loading={token.isPending}
          onClick={() => token.mutate(stream)}
          data-testid="curl-token-button"
        >
          With a token for five minutes
        </Button>
      ) : (
        <>
          <Command text={curlWithToken(stream, made.token)} testId="curl-token" />
          <p className="inspector-note" role="status">
            Whoever has this line can read along until {new Date(made.expires_at).toLocaleTimeString()}.
          </p>
        </>
      )}
      {token.error !== null && (
        <p className="inspector-failure" role="alert">
          No token was made: {token.error.message}
        </p>
      )}
    </section>
  );
}

function Command({ text, testId }: { text: string; testId: string }) {
  return (
    <div className="inspector-command">
      <code data-testid={testId}>{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            leftSection={copied ? <IconCheck size={16} stroke={2} /> : <IconCopy size={16} stroke={1.75} />}
            onClick={copy}
          >
            {copied ? 'Copied' : 'Copy as curl'}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
