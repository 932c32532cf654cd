import { print } from './report.ts';
import type { ScenarioResult } from './run-scenario.ts';
import type { Scenario, Unit } from './scenario.ts';

const width = 760;
const barX = 330;
const longestBar = 300;
const rowHeight = 26;
const titleHeight = 44;

/** A scenario's figures of one unit as a bar chart, with the targets as marks. Readable on light and dark pages. */
export function drawChart(name: string, scenario: Scenario, result: ScenarioResult, unit: Unit): string {
  const rows = Object.entries(result.figures).filter(([figure]) => scenario.figures[figure]?.unit === unit);
  const most = Math.max(...rows.flatMap(([figure, value]) => [value, scenario.figures[figure]?.target ?? 0]));
  const height = titleHeight + rows.length * rowHeight + 10;
  const bars = rows.map(([figure, value], index) => {
    const y = titleHeight + index * rowHeight;
    const target = scenario.figures[figure]?.target;
    const length = Math.max(1, (value / most) * longestBar);
    const mark = target === undefined ? '' : drawMark(barX + (target / most) * longestBar, y);
    return `<text x="${barX - 10}" y="${y + 14}" text-anchor="end">${escapeXml(figure)}</text>
<rect x="${barX}" y="${y}" width="${length.toFixed(1)}" height="18" rx="3" fill="#3b82f6"/>${mark}
<text x="${(barX + Math.max(length, ((target ?? 0) / most) * longestBar) + 8).toFixed(1)}" y="${y + 14}">${print(value, unit)} ${unit === 'ratio' ? '' : unit}</text>`;
  });
  const title = `${name}: ${scenario.summary}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="13" fill="#64748b">
<title>${escapeXml(title)}</title>
<text x="10" y="22" font-size="14" font-weight="bold">${escapeXml(title.length > 100 ? `${title.slice(0, 97)}…` : title)}</text>
${bars.join('\n')}
</svg>
`;
}

function drawMark(x: number, y: number): string {
  return `<rect x="${x.toFixed(1)}" y="${y - 3}" width="2" height="24" fill="#ef4444"><title>target</title></rect>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
