import type { Plugin } from 'vite';

/** Of the font, the part that every page needs. */
const FONT = /geist-latin-wght-normal-[^/]*\.woff2$/;

/** Has the browser ask, while it still reads scripts, for what they would only ask for when they run. */
export function preloadEarly(apiBaseUrl: string): Plugin {
  return {
    name: 'preload-early',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle = {} }) => {
        const font = Object.keys(bundle).find((name) => FONT.test(name));
        if (font === undefined) throw new Error('The font that the page begins with is not part of the build');
        return [
          preload({ href: `/${font}`, as: 'font', type: 'font/woff2' }),
          preload({ href: `${apiBaseUrl}/config`, as: 'fetch' }),
        ];
      },
    },
  };
}

function preload(attributes: Record<string, string>) {
  return { tag: 'link', attrs: { rel: 'preload', crossorigin: true, ...attributes }, injectTo: 'head' as const };
}
