// The table of a run as a bar chart: how many times as long as peep the others take.
const [barHeight, gap, left, width] = [22, 8, 330, 420];

export function plot(rows) {
  const most = Math.max(...rows.map(({ ratio }) => ratio), 1);
  const scale = (ratio) => Math.max(2, (ratio / most) * width);
  const height = rows.length * (barHeight + gap) + 60;
  const bars = rows.map(({ label, ratio }, i) => {
    const y = 40 + i * (barHeight + gap);
    return [
      `<text x="${left - 10}" y="${y + 16}" text-anchor="end">${label}</text>`,
      `<rect x="${left}" y="${y}" width="${scale(ratio).toFixed(1)}" height="${barHeight}" rx="3" fill="#3b7dd8"/>`,
      `<text x="${left + scale(ratio) + 8}" y="${y + 16}">${ratio.toFixed(1)} ×</text>`,
    ].join('\n');
  });
  const one = left + scale(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 90} ${height}" font-family="system-ui, sans-serif" font-size="14" fill="#777">
<title>How many times as long as peep pip takes</title>
<text x="${left}" y="20">time of pip, in times of peep</text>
${bars.join('\n')}
<line x1="${one}" x2="${one}" y1="32" y2="${height - 20}" stroke="#999" stroke-dasharray="4 4"/>
<text x="${one}" y="${height - 4}" text-anchor="middle">peep</text>
</svg>
`;
}
