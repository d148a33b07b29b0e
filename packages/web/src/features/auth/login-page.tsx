import type { LoginRequest } from '@hermes/contracts';
import { type HermesApi, useHermesApi } from '@hermes/react';
import { Alert, Button, Loader, PasswordInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { browserHistory } from '../../browser-history.ts';
import { Header } from '../shell/header.tsx';
import { Logo } from '../shell/logo.tsx';
import { usePageTitle } from '../shell/use-page-title.ts';
import { describeLoginFailure, type LoginMeans } from './login-failure.ts';
import { useSession } from './session.ts';
import { isUnauthenticated, pathAfterLogin } from './unauthenticated.ts';
import './login-page.css';

export function LoginPage() {
  const api = useHermesApi();
  const { config, loginCode: code, renew } = useSession();
  usePageTitle('Log in');
  const [key, setKey] = useState('');
  const login = useMutation({
    mutationFn: (request: LoginRequest) => logIn(api, request),
    onSuccess: () => {
      browserHistory.replace(pathAfterLogin(window.location.search));
      renew();
    },
    retry: false,
  });

  useEffect(() => {
    if (!config.auth_required) browserHistory.replace('/');
  }, [config.auth_required]);

  // A code is good for one request, and an effect may run twice.
  const tried = useRef(false);
  const { mutate } = login;
  useEffect(() => {
    if (code === null || tried.current) return;
    tried.current = true;
    mutate({ code });
  }, [code, mutate]);

  const means: LoginMeans = login.variables !== undefined && 'code' in login.variables ? 'code' : 'key';
  const failure = login.isError ? describeLoginFailure(login.error, means) : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    const trimmed = key.trim();
    if (trimmed !== '') mutate({ key: trimmed });
  }

  return (
    <>
      <Header />
      <main className="login">
        <form className="login-card" onSubmit={submit}>
          <Logo size={36} />
          <h1>Log in</h1>
          {login.isPending && means === 'code' ? (
            <p className="login-waiting" role="status">
              <Loader size="xs" /> Logging in with your link…
            </p>
          ) : (
            <>
              {failure && (
                <Alert
                  className="login-failure"
                  color="red"
                  variant="light"
                  icon={<IconAlertTriangle size={18} />}
                  title={failure.title}
                  data-testid="login-failure"
                >
                  {failure.next}
                </Alert>
              )}
              <PasswordInput
                label="Key"
                placeholder="hermes_…"
                size="md"
                autoFocus
                required
                withAsterisk={false}
                autoComplete="current-password"
                spellCheck={false}
                value={key}
                onChange={(event) => setKey(event.currentTarget.value)}
                data-testid="login-key"
              />
              <Button type="submit" size="md" fullWidth loading={login.isPending} data-testid="login-button">
                Log in
              </Button>
              <p className="login-hint">
                Run <code>hermes key</code> where Hermes is installed to print your key.
              </p>
            </>
          )}
        </form>
      </main>
    </>
  );
}

async function logIn(api: HermesApi, request: LoginRequest): Promise<void> {
  try {
    await api.login(request);
  } catch (error) {
    // A log-in link is opened again, from the history or the terminal, where it has long done its work.
    if ('code' in request && isUnauthenticated(error) && (await hasSession(api))) return;
    throw error;
  }
}

function hasSession(api: HermesApi): Promise<boolean> {
  return api.listDownloads({ limit: 1 }).then(
    () => true,
    () => false,
  );
}
