curl {{ collector }}/v1/track \
  -u {{ write_key }}: \
  -H 'Content-Type: application/json' \
  -d '{"messageId": "order-1001", "userId": "customer-7", "event": "Order Completed",
       "properties": {"order_id": "1001", "revenue": 59.90, "currency": "USD", "coupon": "POD20"}}'
