The picture in the README shows this session as it looks on a terminal: picture.py. What prints nothing only
prepares it, and is left out there.

$ loyaltyctl -q -p sandbox rules export --out rules.yaml
$ sed -i 's/earn: 20 per 1/earn: 22 per 1/; s/earn: 100 points/earn: 120 points/' rules.yaml
$ loyaltyctl -q points backtest --example demo > /dev/null && mv demo/orders.csv .
$ loyaltyctl -p sandbox rules diff -f rules.yaml
update	b690f925-8527-4d5e-b358-4b0adcb275b5	Purchase a product	earn: 20 per 1 → 22 per 1…
update	3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10	Book a session	earn: 100 points → 120 points…
2 to update, 5 unchanged
$ loyaltyctl points simulate --amount 9.99 --per 2 --points 5 --explain
9.99	base	22	24.975	5 points per 2 spent; without its cents, 9.99 counts as 9; 9 × 5 ÷ 2 = 22.5; rounded down to 22
$ loyaltyctl -q -p sandbox points backtest orders.csv -f rules.yaml --against live --max-increase 5%
1500	42417	753324	684840	68484
error: rules.yaml: gives out more than --max-increase 5% allows
hint: The baseline gives 684840 points, so 719082 are allowed.
? 10
