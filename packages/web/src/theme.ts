import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** The sea's blue: the only accent. Shade 6 carries white text at 5.9:1, in both schemes. */
const aegean: MantineColorsTuple = [
  '#eaf5fb',
  '#d3e9f5',
  '#a5d2ea',
  '#74b9de',
  '#4ba3d1',
  '#2385b8',
  '#0d6a9b',
  '#0d5f8a',
  '#0a4767',
  '#073349',
];

/** Ink on warm paper; also what Mantine takes its dark surfaces from. */
const ink: MantineColorsTuple = [
  '#e8ebed',
  '#c3cacf',
  '#a3adb5',
  '#84909a',
  '#38434c',
  '#2a333b',
  '#1c2329',
  '#151a1f',
  '#101418',
  '#0b0e11',
];

/** Everything that the style sheets use by the name `--hermes-*`; each text colour passes WCAG AA on each surface. */
const light = {
  page: '#f7f6f3',
  surface: '#ffffff',
  sunken: '#f0eeea',
  hover: '#f7f8f8',
  line: '#e3e0da',
  'line-strong': '#cfcbc3',
  text: '#171c21',
  muted: '#545e67',
  accent: '#0d6a9b',
  'accent-soft': '#e3f1f8',
  track: '#e6e4df',
  good: '#16694a',
  'good-soft': '#e2f2ea',
  bad: '#b3261e',
  'bad-soft': '#fcebe9',
  warn: '#85560a',
  'warn-soft': '#fbf1dc',
  shadow: '0 1px 2px rgb(23 28 33 / 5%), 0 1px 8px rgb(23 28 33 / 4%)',
};

const dark: typeof light = {
  page: '#101418',
  surface: '#171d22',
  sunken: '#0c1013',
  hover: '#1c2329',
  line: '#262f37',
  'line-strong': '#3a4650',
  text: '#e8ebed',
  muted: '#a3adb5',
  accent: '#5fb0da',
  'accent-soft': '#12303f',
  track: '#2a343d',
  good: '#63c79a',
  'good-soft': '#12302a',
  bad: '#ff8f85',
  'bad-soft': '#3a1d1c',
  warn: '#e9b95c',
  'warn-soft': '#33280f',
  shadow: '0 1px 2px rgb(0 0 0 / 40%)',
};

export const theme = createTheme({
  colors: { aegean, dark: ink },
  primaryColor: 'aegean',
  primaryShade: 6,
  fontFamily: "'Geist Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.4', xl: '1.3' },
  headings: { fontWeight: '600' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'md',
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2.5rem' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
});

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...named(light), '--mantine-color-body': light.page, '--mantine-color-text': light.text },
  dark: { ...named(dark), '--mantine-color-body': dark.page, '--mantine-color-text': dark.text },
});

function named(tokens: typeof light): Record<string, string> {
  return Object.fromEntries(Object.entries(tokens).map(([name, value]) => [`--hermes-${name}`, value]));
}
