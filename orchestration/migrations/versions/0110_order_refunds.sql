-- What was given back of the order so far, as a positive amount in the order's currency: the shop's own books restate an order.
alter table raw.campaigns_orders add column refunded_minor bigint not null default 0 check (refunded_minor >= 0);
