// Draws how the instructions of each step grow: one panel for each, both axes logarithmic, beside a line of slope one.

const width = 300;
const height = 220;
const margin = { left: 56, right: 16, top: 34, bottom: 44 };
const columns = 3;

/** An SVG of `{ step: { what, points: [[size, instructions]] } }`. */
export function draw(steps) {
  const entries = Object.entries(steps);
  const rows = Math.ceil(entries.length / columns);
  const panels = entries.map(([step, data], index) => {
    const [x, y] = [(index % columns) * width, Math.floor(index / columns) * height];
    return `<g transform="translate(${x} ${y})">${panel(step, data)}</g>`;
  });
  const [totalWidth, totalHeight] = [columns * width, rows * height];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${totalWidth} ${totalHeight}" width="${totalWidth}"`,
    ` height="${totalHeight}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>${panels.join('')}</svg>\n`,
  ].join('');
}

function panel(step, { what, points }) {
  const decades = (values) => [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const [fromX, toX] = decades(points.map(([size]) => size));
  // As many decades up as across at least, so that slope one has room.
  const [fromY, highest] = decades(points.map(([, count]) => count));
  const toY = Math.max(highest, fromY + 2);
  const x = (size) => margin.left + ((Math.log10(size) - fromX) / (toX - fromX)) * (width - margin.left - margin.right);
  const y = (count) => height - margin.bottom - ((Math.log10(count) - fromY) / (toY - fromY)) * (height - margin.top - margin.bottom);
  const line = (some) => some.map(([size, count]) => `${x(size).toFixed(1)},${y(count).toFixed(1)}`).join(' ');
  const ticks = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const [first, last] = [points[0], points[points.length - 1]];
  const linear = [[first[0], (last[1] * first[0]) / last[0]], last].filter(([, count]) => count >= 10 ** fromY);
  const start = [(10 ** fromY * last[0]) / last[1], 10 ** fromY];
  const slope = linear.length === 2 ? linear : [start, last];
  return [
    `<text x="${margin.left}" y="18" font-weight="bold">${step}</text>`,
    ...ticks(fromX, toX).map((power) => label(x(10 ** power), height - margin.bottom + 14, 'middle', power)),
    ...ticks(fromY, toY).map((power) => [
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(10 ** power)}" y2="${y(10 ** power)}" stroke="#ddd"/>`,
      label(margin.left - 6, y(10 ** power) + 4, 'end', power),
    ]).flat(),
    `<text x="${(width + margin.left) / 2}" y="${height - 10}" text-anchor="middle">${what}</text>`,
    `<polyline points="${line(slope)}" fill="none" stroke="#999" stroke-dasharray="4 3"/>`,
    `<polyline points="${line(points)}" fill="none" stroke="#0a5" stroke-width="2"/>`,
    ...points.map(([size, count]) => `<circle cx="${x(size).toFixed(1)}" cy="${y(count).toFixed(1)}" r="3" fill="#0a5"/>`),
  ].join('');
}

function label(x, y, anchor, power) {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">10<tspan dy="-4" font-size="8">${power}</tspan></text>`;
}
