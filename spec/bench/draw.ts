import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type EChartsOption, init } from 'echarts'
import type { Report } from './report.js'

const folder = new URL('../../../docs/pictures/', import.meta.url)
const SIZE = { width: 720, height: 400 }
const NAMES = { ours: 'rx-crochet', synckit: 'synckit', crochet: "Python's Crochet" }
const FONT = 'system-ui, sans-serif'

/**
 * Draws the README's pictures.
 *
 * @returns Where they are.
 */
export function draw(report: Report): string[] {
  mkdirSync(folder, { recursive: true })
  return Object.entries({ latency: latency(report), throughput: throughput(report) }).map(([name, option]) => {
    const file = new URL(`./${name}.svg`, folder)
    writeFileSync(file, `${svgOf(option)}\n`)
    return fileURLToPath(file)
  })
}

function svgOf(option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE })
  chart.setOption({
    animation: false,
    // It is read on light pages and on dark ones.
    backgroundColor: '#fff',
    textStyle: { fontFamily: FONT },
    grid: { left: 80, right: 32, top: 84, bottom: 64 },
    ...option,
  })
  try {
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** A line rises where calls are answered: the further left, the sooner. */
function latency({ on, latencies }: Report): EChartsOption {
  const kinds = (['ours', 'synckit', 'crochet'] as const).filter((kind) => latencies[kind] !== undefined)
  return {
    title: title('How long a blocking call takes that does nothing', on),
    legend: { top: 54 },
    xAxis: { ...axis('µs'), type: 'log', max: 1_000, min: 1 },
    yAxis: {
      ...axis('calls answered by then'),
      type: 'value',
      max: 100,
      axisLabel: { formatter: '{value} %' },
      nameGap: 52,
    },
    series: kinds.map((kind) => ({
      name: NAMES[kind],
      type: 'line',
      showSymbol: false,
      lineStyle: { width: kind === 'ours' ? 3 : 2 },
      data: (latencies[kind] ?? []).map((µs, i) => [µs, (i + 1) / 10]),
    })),
  }
}

function throughput({ on, throughputs }: Report): EChartsOption {
  return {
    title: title('Blocking calls a second, of all threads that call at once', on),
    xAxis: { ...axis('threads'), type: 'category', data: throughputs.map(({ threads }) => threads) },
    yAxis: { ...axis('calls a second'), type: 'value', nameGap: 60 },
    series: [
      {
        type: 'bar',
        barMaxWidth: 72,
        data: throughputs.map(({ calls }) => Math.round(calls)),
        label: { show: true, position: 'top' },
      },
    ],
  }
}

function title(text: string, on: Report['on']): NonNullable<EChartsOption['title']> {
  const without = `main thread without a core for ${(on.withoutCore * 100).toFixed(0)} % of the run`
  const subtext = `Node ${on.node}, ${on.cores} cores (${on.processor}), ${without}`
  return { text, subtext, left: 'center', top: 6, itemGap: 4 }
}

function axis(name: string): { name: string; nameLocation: 'middle'; nameGap: number } {
  return { name, nameLocation: 'middle', nameGap: 32 }
}
