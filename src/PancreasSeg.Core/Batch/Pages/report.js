'use strict';
const byId = id => document.getElementById(id), table = byId('studies');
for (const time of document.querySelectorAll('time')) {
  time.title = time.textContent;
  time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}
if (table) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], given = [...body.rows];
  const value = (row, column) => {
    const cell = row.cells[column], time = cell.querySelector('time');
    const text = time ? time.dateTime : (cell.querySelector('.name') ?? cell).textContent;
    return time || column === 0 || column === 7 ? text.toLowerCase() : text === '' ? NaN : parseFloat(text);
  };
  const show = () => {
    const wanted = byId('state').value, words = byId('search').value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of given) {
      const state = row.dataset.s, text = row.cells[0].textContent.toLowerCase() + ' ' + row.cells[7].textContent.toLowerCase();
      row.hidden = !(wanted === '' || state === wanted || (wanted === '!' && row.dataset.f)) || !words.every(word => text.includes(word));
      if (!row.hidden) shown++;
    }
    byId('shown').textContent = `${shown} of ${given.length} studies shown`;
  };
  const sort = () => {
    const [column, order] = byId('order').value.split(',').map(Number);
    heads.forEach((head, i) => {
      if (i === column) head.setAttribute('aria-sort', order > 0 ? 'ascending' : 'descending');
      else head.removeAttribute('aria-sort');
    });
    const keys = column < 0 ? null : new Map(given.map(row => [row, value(row, column)]));
    const rows = keys === null ? given : given.toSorted((a, b) => {
      const x = keys.get(a), y = keys.get(b);
      if (x !== x || y !== y) return (x !== x) - (y !== y);                     // what has no number comes last
      return order * (x < y ? -1 : x > y ? 1 : 0);
    });
    body.append(...rows);
  };
  heads.forEach((head, i) => head.querySelector('button')?.addEventListener('click', () => {
    const up = `${i},1`, select = byId('order');
    select.value = select.value === up ? `${i},-1` : up;
    sort();
  }));
  byId('order').addEventListener('change', sort);
  byId('state').addEventListener('change', show);
  byId('search').addEventListener('input', show);
  byId('tools').hidden = false;
  show();
}
