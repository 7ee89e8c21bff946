<script>
hostread.track("Order Completed", {
  order_id: "1001",        // your order's id
  revenue: 59.90,          // what was paid
  currency: "USD",
  coupon: "POD20"          // the promo code, if one was used
}, "order-1001");          // the same order sent again counts once
</script>
