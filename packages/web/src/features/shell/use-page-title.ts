import { useDocumentTitle } from '@mantine/hooks';

/** @param name of the page; null on the first, which is Hermes itself. @param news what a glance at the tab should tell. */
export function usePageTitle(name: string | null, news: string | null = null): void {
  useDocumentTitle([news, name, 'Hermes'].filter((part) => part !== null).join(' · '));
}
