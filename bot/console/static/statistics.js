"use strict";
{
  // Draw each table that has a drawing; where scripts are off, the tables say the same.
  const shown = new Map();
  const grow = new ResizeObserver((entries) => entries.forEach((entry) => shown.get(entry.target)?.resize()));
  const format = new Intl.NumberFormat("vi-VN");
  const tell = (value) => (value === null || value === undefined ? "ẩn" : format.format(value));

  function draw(place) {
    if (shown.has(place) || !window.echarts) return;
    const option = JSON.parse(place.dataset.option);
    place.style.height = `${place.dataset.height}px`;
    option.tooltip.valueFormatter = tell;
    for (const axis of [option.xAxis, option.yAxis]) if (axis.type === "value") axis.axisLabel.formatter = tell;
    if (option.yAxis.type === "category") option.yAxis.axisLabel.width = Math.min(option.yAxis.axisLabel.width, place.clientWidth * 0.4);
    for (const one of option.series) if (one.label) one.label.formatter = (point) => tell(point.value);
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(option);
    shown.set(place, chart);
    grow.observe(place);
  }

  function drawAll() {
    for (const [place, chart] of shown) {
      if (document.contains(place)) continue;
      grow.unobserve(place);
      chart.dispose();
      shown.delete(place);
    }
    document.querySelectorAll("[data-option]").forEach(draw);
  }

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", (event) => {
    event.detail.target.removeAttribute("aria-busy");
    drawAll();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const part = event.detail.target.closest(".chart-part");
    if (!part) return;
    part.removeAttribute("aria-busy");
    part.querySelector("p").prepend("Chưa đếm được. Hãy tải lại trang. ");
  });
}
