// Draws every [data-plot]: a time line of touches, a heat map or a curve with its bands, from the JSON beside it. As in charts.js: colours from the sheet's
// tokens, canvas, and tooltips made of elements.
(() => {
  "use strict";
  const drawn = new Map();
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const text = () => ({ color: token("--ink-2"), fontSize: 12, fontFamily: token("--font") });

  function element(tag, className, content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (content !== undefined) made.textContent = content;
    return made;
  }

  function tip(title, ...lines) {
    const box = element("div", "tip");
    box.append(element("div", "tip-title", title), ...lines.map((line) => element("div", "", line)));
    return box;
  }

  const tooltip = (formatter) => ({
    trigger: "item", confine: true, className: "chart-tip", backgroundColor: token("--surface"), borderColor: token("--line-strong"), borderWidth: 1,
    padding: [10, 12], extraCssText: "border-radius:10px;box-shadow:0 6px 24px rgb(0 0 0 / 12%);max-width:300px;white-space:normal", formatter,
  });

  function timeline(plot, width) {
    const isNarrow = width < 520;
    const points = (isHollow) => plot.marks.filter((mark) => mark.is_hollow === isHollow).map((mark) => ({ value: [mark.at, mark.lane], mark }));
    const series = (name, isHollow, colour) => ({
      name, type: "scatter", data: points(isHollow), symbol: "circle", symbolSize: plot.marks.length > 100 ? 7 : 12, color: colour,
      itemStyle: isHollow ? { color: token("--surface"), borderColor: colour, borderWidth: 2 } : { opacity: 0.85 },
      markLine: isHollow ? undefined : {
        silent: true, symbol: "none", lineStyle: { color: token("--ink"), type: "solid", width: 1.5 }, data: [{ xAxis: plot.moment }],
        label: { formatter: plot.moment_name, color: token("--ink-2"), fontSize: 11, position: "start", distance: 6 },
      },
    });
    return {
      animation: false, textStyle: { fontFamily: token("--font") },
      grid: { left: 2, right: 34, top: 62, bottom: 2, containLabel: true },
      legend: { left: 0, top: 0, itemWidth: 12, itemHeight: 12, textStyle: text(), inactiveColor: token("--line-strong") },
      tooltip: tooltip((point) => tip(point.data.mark.when, plot.lanes[point.data.mark.lane], point.data.mark.text)),
      xAxis: {
        type: "time", min: (value) => Math.min(value.min, Date.parse(plot.moment)) - 43200000, max: (value) => Math.max(value.max, Date.parse(plot.moment)) + 43200000,
        splitNumber: isNarrow ? 3 : 6, axisLine: { lineStyle: { color: token("--line-strong") } }, axisTick: { show: false },
        axisLabel: { ...text(), color: token("--ink-3"), hideOverlap: true, formatter: { year: "{d} {MMM}", month: "{d} {MMM}", day: "{d} {MMM}", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}:{ss}" } },
        splitLine: { show: false },
      },
      yAxis: {
        type: "category", data: plot.lanes, inverse: true, axisLine: { show: false }, axisTick: { show: false },
        splitLine: { show: true, lineStyle: { color: token("--line") } }, axisLabel: { ...text(), width: isNarrow ? 84 : 140, overflow: "break", lineHeight: 14 },
      },
      series: [series("Counts", false, token("--series-1")), series("Does not count", true, token("--series-2"))],
    };
  }

  function heatmap(plot, width) {
    const isNarrow = width < 520;
    const cells = plot.rows.flatMap((_, row) => plot.columns.map((__, column) => [column, row, plot.values[row][column]])).filter((cell) => cell[2] !== null);
    const most = Math.max(1, ...cells.map((cell) => cell[2]));
    const axis = (names, more) => ({
      type: "category", data: names, axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: false },
      axisLabel: { ...text(), interval: 0, overflow: "break", width: isNarrow ? 62 : 130, fontSize: isNarrow ? 11 : 12, lineHeight: 14 }, ...more,
    });
    const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
    return {
      animation: false, textStyle: { fontFamily: token("--font") },
      grid: { left: 2, right: 4, top: 4, bottom: 2, containLabel: true },
      tooltip: tooltip(({ value }) => tip(value[0] === value[1] ? plot.rows[value[1]] : `${plot.rows[value[1]]} and ${plot.columns[value[0]]}`, `${number.format(value[2])} ${plot.unit}`)),
      visualMap: { show: false, min: 0, max: most, inRange: { color: [token("--sunken"), token("--series-1")] } },
      xAxis: axis(plot.columns), yAxis: axis(plot.rows, { inverse: true }),
      series: [{
        type: "heatmap", data: cells.map((cell) => ({ value: cell, label: { color: cell[2] > most * 0.55 ? token("--surface") : token("--ink") } })),
        label: { show: true, formatter: ({ value }) => number.format(value[2]), fontSize: 12 },
        itemStyle: { borderColor: token("--surface"), borderWidth: 2, borderRadius: 4 }, emphasis: { itemStyle: { borderColor: token("--ink") } },
      }],
    };
  }

  function curve(plot, width) {
    const money = (short) => (value) => new Intl.NumberFormat("en", {
      style: "currency", currency: plot.currency, maximumFractionDigits: 0, ...(short && Math.abs(value) >= 10000 ? { notation: "compact", maximumFractionDigits: 1 } : {}),
    }).format(value).replace(/K$/, "k");
    const colour = token("--series-1");
    const band = (low, high, opacity) => ({
      type: "custom", silent: true, clip: true, data: [[plot.points[0][0], plot.points[0][1]]], tooltip: { show: false },
      renderItem: (_, api) => ({
        type: "polygon", style: { fill: colour, opacity },
        shape: { points: [...plot.points.map((p) => api.coord([p[0], p[high]])), ...plot.points.map((p) => api.coord([p[0], p[low]])).reverse()] },
      }),
    });
    const axis = (name, more, labels) => ({
      type: "value", name: width < 520 ? undefined : name, nameLocation: "middle", nameTextStyle: { ...text(), color: token("--ink-3") }, splitNumber: width < 520 ? 3 : 5,
      axisLabel: { ...text(), color: token("--ink-3"), formatter: money(true), hideOverlap: true, ...labels }, splitLine: { lineStyle: { color: token("--line") } }, ...more,
    });
    // An axis knows nothing of a band that is drawn by hand: it ends with a round number above it.
    const ys = plot.points.flatMap((p) => [p[4], p[5]]);
    const most = Math.max(...ys, 1);
    const power = 10 ** Math.floor(Math.log10(most / 4));
    const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= most / 4);
    return {
      animation: false, textStyle: { fontFamily: token("--font") },
      grid: { left: width < 520 ? 2 : 22, right: 18, top: 18, bottom: width < 520 ? 2 : 22, containLabel: true },
      tooltip: {
        ...tooltip((hits) => {
          const p = plot.points[hits[0].dataIndex];
          const range = (low, high) => `${money()(p[low])} to ${money()(p[high])}`;
          return tip(`${money()(p[0])} ${plot.x_name}`, `${money()(p[1])} ${plot.y_name}`, `80%: ${range(2, 3)}`, `95%: ${range(4, 5)}`);
        }), trigger: "axis", axisPointer: { type: "line", lineStyle: { color: token("--line-strong") } },
      },
      xAxis: axis(plot.x_name, { min: 0, max: plot.points[plot.points.length - 1][0], nameGap: 28, splitLine: { show: false } }, { showMaxLabel: false }),
      yAxis: axis(plot.y_name, { min: Math.floor(Math.min(0, ...ys) / step) * step, max: Math.ceil(most / step) * step, interval: step, nameGap: 58 }),
      series: [band(4, 5, 0.1), band(2, 3, 0.2), {
        type: "line", data: plot.points.map((p) => [p[0], p[1]]), showSymbol: false, color: colour, lineStyle: { width: 2.25 },
        markLine: {
          silent: true, symbol: "none", lineStyle: { color: token("--ink-2"), type: [3, 3], width: 1.25 }, data: [{ xAxis: plot.mark }],
          label: { formatter: plot.mark_name, color: token("--ink-2"), fontSize: 11, position: "end" },
        },
      }],
    };
  }

  const kinds = { timeline, heatmap, curve };

  function draw(holder) {
    const plot = JSON.parse(document.getElementById(holder.dataset.plot).textContent);
    const instance = echarts.init(holder, null, { renderer: "canvas" });
    const show = () => instance.setOption(kinds[plot.kind](plot, holder.clientWidth));
    show();
    holder.dataset.drawn = "true";
    drawn.set(holder, show);
    new ResizeObserver(() => { instance.resize(); show(); }).observe(holder);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach((show) => show()));
  for (const holder of document.querySelectorAll("[data-plot]")) draw(holder);
})();
