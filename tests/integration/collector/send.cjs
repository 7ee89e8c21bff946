// Sends what a shop's server would with @segment/analytics-node, unmodified but for host and key: node send.cjs HOST KEY COUNT
const { Analytics } = require("@segment/analytics-node");

const [host, writeKey, count] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, flushAt: 20, flushInterval: 200 });
analytics.on("error", (error) => console.error(String(error.code), String(error.reason)));
for (let number = 0; number < Number(count); number += 1) {
  analytics.track({
    userId: `user-${number}`,
    event: "Order Completed",
    messageId: `event-${number}`,
    timestamp: new Date(Date.UTC(2026, 0, 31, 8, 30, 0)),
    properties: { number, order_id: `o-${number}`, total: number / 100, note: "ä \"quoted\" \\ 漢字" },
    context: { campaign: { name: "spring", source: "podcast", medium: "audio" }, ip: "203.0.113.9" },
  });
}
analytics.closeAndFlush({ timeout: 120000 }).then(() => process.exit(0));
