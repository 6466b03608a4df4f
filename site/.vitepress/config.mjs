import { defineConfig } from 'vitepress';

const guides = [
  ['Install', 'install'],
  ['New versions', 'updating'],
  ['Who published it', 'provenance'],
  ['Lock files', 'locks'],
  ['Private indexes', 'private-indexes'],
  ['Air gap', 'air-gap'],
  ['A store for a fleet', 'fleet'],
  ['CI', 'ci'],
  ['In a team', 'teams'],
  ['Trouble, and what to do', 'troubleshooting'],
];
const comingFrom = [
  ['peep.py', 'from-peep-py'],
  ['pip and others', 'from-pip'],
  ['Beside uv', 'beside-uv'],
];
const reference = [
  ['Rules of looking inside', 'archive-rules'],
  ['Error codes', 'errors'],
  ['The JSON report', 'report'],
  ['The library', 'api'],
  ['Completion and manual page', 'shell'],
  ['Figures', 'bench'],
];
const items = (pages) => pages.map(([text, page]) => ({ text, link: `/docs/${page}` }));

/** The site of docs/, README.md and its neighbours, as they are in the repository. VitePress refuses dead links. */
export default defineConfig({
  title: 'peep',
  description: 'Installs exactly the Python archives that a requirements file pins by hash.',
  srcDir: 'pages',
  outDir: 'dist',
  cacheDir: 'node_modules/.cache',
  rewrites: { 'README.md': 'index.md' },
  // Text between angle brackets is text here, not HTML.
  markdown: { html: false },
  // A file of the repository that is no page.
  ignoreDeadLinks: [/\/(?:bench\.svg|report\.schema\.json|action\.yml|templates\/.*|LICENSE)$/],
  themeConfig: {
    search: { provider: 'local' },
    outline: 'deep',
    sidebar: [
      { text: 'peep', link: '/' },
      { text: 'Using it', items: items(guides) },
      { text: 'Coming from', items: items(comingFrom) },
      { text: 'Looking up', items: items(reference) },
      {
        text: 'The project',
        items: [
          ['Security', '/SECURITY'],
          ['Architecture', '/ARCHITECTURE'],
          ['Contributing', '/CONTRIBUTING'],
        ].map(([text, link]) => ({ text, link })),
      },
    ],
  },
});
