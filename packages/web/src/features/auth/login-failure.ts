/** What was tried to log in with: it decides what to do next. */
export type LoginMeans = 'key' | 'code';

interface LoginFailure {
  title: string;
  next: string;
}

const REFUSED: Record<LoginMeans, LoginFailure> = {
  key: {
    title: 'This key is not known here',
    next: 'Check that it was copied whole. “hermes key” prints the right one.',
  },
  code: {
    title: 'This log-in link no longer works',
    next: 'It works once and only for a short while. Paste your key instead: “hermes key” prints it.',
  },
};

/** What failed, and what to do next, from whatever error the log-in ended with. */
export function describeLoginFailure(error: unknown, means: LoginMeans): LoginFailure {
  const status = error instanceof Error && 'status' in error ? error.status : null;
  if (status === 401 || status === 400 || status === 403 || status === 404) return REFUSED[means];
  if (status === 429) return { title: 'Too many tries', next: 'Wait a minute, then try again.' };
  if (typeof status === 'number') {
    return { title: 'The server cannot log anybody in at the moment', next: 'Try again shortly.' };
  }
  return { title: 'The server cannot be reached', next: 'Check that Hermes is running, then try again.' };
}
