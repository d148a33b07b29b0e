import { createBrowserHistory } from '@tanstack/react-router';

/** The address bar. By itself, so that what is no component (a failed call, say) can lead to another page. */
export const browserHistory = createBrowserHistory();
