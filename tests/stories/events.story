Events: generate keys, sign a token, decode and verify it, and find a wrong signature.

$ loyaltyctl events keygen --out shop
$ ls -l shop.pem | cut -c1-10
-rw-------
$ loyaltyctl events keygen --out shop
error: shop.pem already exists
hint: Choose another name, or remove it.
? 5
$ loyaltyctl events sign --type account_points_updated --key shop.pem --set entity.points.balance=120 --set event.entityId=a-1 > token.jwt
$ loyaltyctl events decode token.jwt --fields eventType,entity.points.balance,signature
wix.loyalty.v1.account_points_updated	120	unchecked
warning: NOT CHECKED: without a public key, anybody may have written this (--public-key FILE)
? 0
$ loyaltyctl events decode token.jwt --public-key shop.pub.pem
…Z	wix.loyalty.v1.account_points_updated	a-1	…	verified	Loyalty account “Ada Fern” had its points changed, balance 120
$ loyaltyctl events verify token.jwt --public-key shop.pub.pem
size	ok	… characters
form	ok	three parts in canonical base64url
header	ok	RS256, and no unsupported members
signature	ok	made with the private half of this key
payload	ok	wix.loyalty.v1.account_points_updated
expiry	ok	exp is …Z
start	ok	no nbf
issuer	ok	not required
audience	ok	not required
age	ok	not required
$ loyaltyctl events keygen --out somebody
$ loyaltyctl events verify token.jwt --public-key somebody.pub.pem --query "checks[?!ok].name"
["signature"]
error: the token is not trusted: the signature does not match this key
? 9
$ loyaltyctl -p shop config set public-key-file shop.pub.pem
$ loyaltyctl -p shop events decode - --json < token.jwt | python3 -c 'import json, sys; print(json.load(sys.stdin)["signature"])'
verified
$ (cat token.jwt token.jwt; loyaltyctl events sign --type tier_deleted --key somebody.pem) | loyaltyctl -p shop events decode - --dedupe --query "[].[eventType, signature]"
[["wix.loyalty.v1.account_points_updated","verified"],["wix.loyalty.v1.tier_deleted","invalid"]]
3 read: 2 verified, 1 invalid; left out: 1 duplicate
error: 1 of 3 cannot be read or are not trusted
  standard input line 3: the signature does not match this key
? 9
$ loyaltyctl events verify token.jwt --public-key shop.pub.pem --at 2035-01-01T00:00:00Z --fields name,ok | tail -1
expiry	false
times are checked as of 2035-01-01T00:00:00.000Z
error: the token is not trusted: the token expired at …
hint: Check a saved token as of the time it was received with --at TIME.
? 0
$ loyaltyctl events types --fields eventType | grep program_updated
wix.loyalty.v1.program_updated
$ loyaltyctl events types -o id | head -1
wix.loyalty.v1.loyalty_earning_rule_created
$ loyaltyctl events types --query "[?slug=='applied'].handlers[]"
["wixMarketing_onCouponApplied","coupons.onCouponApplied"]
$ loyaltyctl events explain balance
entity.points.balance	whole number	loyalty account	Points available: earned plus adjusted, minus redeemed.
$ loyaltyctl events explain account_points_updated --query "quirks[0]"
The account is in data.account in Velo and the SDK, in actionEvent.body.account in REST.
$ loyaltyctl events explain acount_points_updated
error: no event type or field "acount_points_updated"; did you mean account_points_updated?
hint: List event types with: loyaltyctl events types
? 3
$ loyaltyctl events sign --type account_points_updated --key shop.pub.pem
error: shop.pub.pem is not a private key in PEM format
hint: Generate a key pair with: loyaltyctl events keygen --out test
? 6
$ loyaltyctl events send --type tier_deleted --key shop.pem --to http://127.0.0.1:1 --fields sent,problem
genuine	http://127.0.0.1:1 cannot be reached (…)
error: no response from http://127.0.0.1:1: http://127.0.0.1:1 cannot be reached (…)
hint: Is the endpoint running, and is this its address?
? 7
