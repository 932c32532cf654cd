import { Marked } from 'marked';
import type { Plugin } from 'vite';

/** `import html from '…/page.md?guide'`: a guide as HTML, made at the build. Links to other guides become the dashboard's. */
export function guides(): Plugin {
  return {
    name: 'guides',
    transform(code, id) {
      if (!id.endsWith('.md?guide')) return null;
      return { code: `export default ${JSON.stringify(renderGuide(code))};`, moduleType: 'js', map: null };
    },
  };
}

/** GitHub's name for a heading within its page. */
function anchorOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

const marked = new Marked({
  renderer: {
    heading({ tokens, depth, text }) {
      return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      const [, page = '', hash = ''] = /^(?:([\w-]+)\.md)?(#.*)?$/.exec(href) ?? [];
      if (page + hash !== '') return `<a href="guides/${page}${hash}" data-guide="${page}${hash}">${text}</a>`;
      // Files of the repository are not served.
      return /^https?:/.test(href) ? `<a href="${href}" rel="noreferrer">${text}</a>` : text;
    },
    // Pictures are those of the dashboard itself.
    image: () => '',
    table(token) {
      const cells = (row: typeof token.header, tag: 'th' | 'td'): string =>
        row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('');
      const rows = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('');
      const table = `<table class="table"><thead><tr>${cells(token.header, 'th')}</tr></thead><tbody>${rows}</tbody></table>`;
      return `<div class="guide-table" role="region" aria-label="Table" tabindex="0">${table}</div>\n`;
    },
  },
});

function renderGuide(text: string): string {
  return marked.parse(text, { async: false });
}
