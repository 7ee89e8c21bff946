// Draws every [data-chart] from the JSON beside it. Colours come from the sheet's tokens, so that light and dark agree with the page.
// Canvas, and tooltips made of elements: the content security policy allows no style attribute in markup.
(() => {
  "use strict";
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const drawn = new Map();

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const toneColour = (tone) => (tone === "muted" ? token("--ink-3") : token(`--series-${tone}`));

  // As `formats.compact` in Python: a small k.
  const spell = (unit, value, short) => spelled(unit, value, short).replace(/K$/, "k");

  function spelled(unit, value, short) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    const notation = short && Math.abs(value) >= 100000 ? { notation: "compact", maximumFractionDigits: 1 } : {};
    switch (unit.kind) {
      case "money": {
        const digits = short ? { maximumFractionDigits: Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : undefined, minimumFractionDigits: Number.isInteger(value) ? 0 : undefined } : {};
        return new Intl.NumberFormat("en", { style: "currency", currency: unit.currency, ...digits, ...notation }).format(value);
      }
      case "rate": return new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: short ? 0 : 1, minimumFractionDigits: short ? 0 : 1 }).format(value);
      case "multiple": return `${new Intl.NumberFormat("en", { minimumFractionDigits: short ? 0 : 2, maximumFractionDigits: 2 }).format(value)}×`;
      case "decimal": return new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(value);
      case "minutes": return short ? `${new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(value)} min` : duration(value * 60);
      default: return new Intl.NumberFormat("en", { maximumFractionDigits: 0, ...notation }).format(value);
    }
  }

  function duration(seconds) {
    let left = Math.round(seconds);
    const parts = [];
    for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
      const count = Math.floor(left / size);
      left -= count * size;
      if (count || (unit === "s" && !parts.length)) parts.push(`${count} ${unit}`);
      else if (parts.length) break;
      if (parts.length === 2) break;
    }
    return parts.join(" ");
  }

  function dayName(iso, long) {
    const [year, month, day] = iso.split("-").map(Number);
    return `${day} ${MONTHS[month - 1]}${long ? ` ${year}` : ""}`;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function tooltip(chart, points) {
    const index = points[0].dataIndex;
    const category = chart.categories[index];
    const box = element("div", "tip");
    box.append(element("div", "tip-title", chart.is_time ? dayName(category, true) : category));
    for (const series of chart.series) {
      if (series.values[index] === null) continue;
      const row = element("div", "tip-row");
      row.append(element("span", `tip-mark tone-${series.item_tones[index] || series.tone}`), element("span", "", series.name), element("b", "", spell(chart.unit, series.values[index])));
      box.append(row);
    }
    return box;
  }

  function seriesOption(chart, series) {
    const colour = toneColour(series.tone);
    const isBar = series.form === "bar";
    return {
      name: series.name,
      type: isBar ? "bar" : "line",
      data: series.item_tones.length ? series.values.map((value, i) => ({ value, itemStyle: { color: toneColour(series.item_tones[i]) } })) : series.values,
      stack: chart.is_stacked && isBar ? "all" : undefined,
      color: colour,
      barMaxWidth: chart.is_horizontal ? 18 : 28,
      barGap: "12%",
      barCategoryGap: chart.categories.length > 20 ? "25%" : "34%",
      itemStyle: isBar ? { borderRadius: chart.is_stacked ? 0 : chart.is_horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] } : undefined,
      emphasis: { focus: chart.series.length > 1 ? "series" : "none" },
      blur: { itemStyle: { opacity: 0.35 }, lineStyle: { opacity: 0.35 } },
      showSymbol: !isBar && chart.categories.length < 3,
      symbol: "circle",
      symbolSize: 7,
      lineStyle: isBar ? undefined : { width: series.is_dashed ? 1.5 : 2.25, type: series.is_dashed ? [5, 4] : "solid" },
      areaStyle: series.form === "area" ? { color: new echarts.graphic.LinearGradient(0, 0, 0, 1, [
        { offset: 0, color: echarts.color.modifyAlpha(colour, 0.22) }, { offset: 1, color: echarts.color.modifyAlpha(colour, 0.01) },
      ]) } : undefined,
      markLine: chart.marks && chart.marks[series.name] !== undefined ? {
        silent: true, symbol: "none", lineStyle: { color: token("--ink-3"), type: [2, 3], width: 1 },
        label: { formatter: "today", color: token("--ink-3"), fontSize: 11, position: "insideEndTop", rotate: 0 },
        data: [{ xAxis: chart.marks[series.name] }],
      } : undefined,
    };
  }

  // A share is drawn against the whole; one of a few percent would lie flat on its axis, and gets one of its own.
  const isShare = (chart) => chart.unit.kind === "rate" && chart.series.every((s) => s.values.every((v) => v === null || (v >= 0 && v <= 1)))
    && chart.series.some((s) => s.values.some((v) => v > 0.25));

  // Lines that a legend takes: names break into as many as the width holds, and the plot begins beneath them.
  function legendLines(chart, width) {
    const pen = legendLines.pen || (legendLines.pen = document.createElement("canvas").getContext("2d"));
    pen.font = `12px ${token("--font")}`;
    let lines = 1, used = 0;
    for (const series of chart.series) {
      const wide = pen.measureText(series.name).width + 15;
      if (used && used + 16 + wide > width - 10) { lines += 1; used = 0; }
      used += (used ? 16 : 0) + wide;
    }
    return lines;
  }

  function option(chart, width) {
    const ink = token("--ink-3");
    const text = { color: ink, fontSize: 12, fontFamily: token("--font") };
    const categoryAxis = {
      type: "category", data: chart.categories, boundaryGap: chart.series.some((s) => s.form === "bar"), inverse: chart.is_horizontal,
      axisLine: { show: !chart.is_horizontal, lineStyle: { color: token("--line-strong") } }, axisTick: { show: false },
      axisLabel: {
        ...text, hideOverlap: true, margin: 10,
        color: chart.is_horizontal ? token("--ink-2") : ink,
        interval: chart.is_time || (!chart.is_horizontal && chart.categories.length > 6 && width < 520) ? "auto" : 0,
        width: chart.is_horizontal ? Math.min(190, width * 0.42) : chart.is_time ? undefined : Math.max(48, (width - 70) / chart.categories.length - 10),
        overflow: chart.is_time ? "none" : chart.is_horizontal ? "truncate" : "break",
        formatter: chart.is_time ? (value) => dayName(value) : undefined,
      },
    };
    const valueAxis = {
      type: chart.is_log ? "log" : "value", splitNumber: 4, max: isShare(chart) ? 1 : undefined, interval: isShare(chart) ? 0.25 : undefined, minInterval: chart.unit.kind === "count" ? 1 : undefined,
      splitLine: { lineStyle: { color: token("--line") } },
      axisLabel: { ...text, formatter: (value) => spell(chart.unit, value, true), hideOverlap: true },
    };
    return {
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 500,
      textStyle: { fontFamily: token("--font") },
      grid: { left: 2, right: chart.is_time ? 24 : 12, top: chart.series.length > 1 ? 14 + 24 * legendLines(chart, width) : 12, bottom: 2, containLabel: true },
      legend: chart.series.length > 1 ? {
        left: 0, top: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, itemGap: 16,
        textStyle: { color: token("--ink-2"), fontSize: 12, fontFamily: token("--font") }, inactiveColor: token("--line-strong"),
      } : undefined,
      tooltip: {
        trigger: "axis", confine: true, className: "chart-tip", backgroundColor: token("--surface"), borderColor: token("--line-strong"), borderWidth: 1,
        padding: [10, 12], transitionDuration: 0.15, extraCssText: "border-radius:10px;box-shadow:0 6px 24px rgb(0 0 0 / 12%)",
        axisPointer: chart.series.every((s) => s.form !== "bar") ? { type: "line", lineStyle: { color: token("--line-strong") } } : { type: "shadow", shadowStyle: { color: token("--ink"), opacity: 0.04 } },
        formatter: (points) => tooltip(chart, points),
      },
      xAxis: chart.is_horizontal ? valueAxis : categoryAxis,
      yAxis: chart.is_horizontal ? categoryAxis : valueAxis,
      series: chart.series.map((series) => seriesOption(chart, series)),
    };
  }

  function draw(holder) {
    const chart = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
    const instance = echarts.init(holder, null, { renderer: "canvas" });
    instance.setOption(option(chart, holder.clientWidth));
    holder.dataset.drawn = "true";
    drawn.set(holder, { instance, chart });
    new ResizeObserver(() => {
      instance.resize();
      instance.setOption(option(chart, holder.clientWidth));
    }).observe(holder);
  }

  function drawAll(root) {
    for (const holder of root.querySelectorAll("[data-chart]:not([data-drawn])")) draw(holder);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const [holder, { instance, chart }] of drawn) instance.setOption(option(chart, holder.clientWidth));
  });
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
  drawAll(document);
})();
