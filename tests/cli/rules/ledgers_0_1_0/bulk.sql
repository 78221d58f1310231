BEGIN TRANSACTION;
CREATE TABLE items (
    number integer unique, content text not null, state text not null,
    tries integer not null default 0, sent real, id text, result text
);
INSERT INTO "items" VALUES(0,'["140603ad-af8d-84a5-2c80-a0f60cb47351", "events/Rsvp", "Coffee", "ACTIVE", "fixed", ["None 1 None"], ""]','created',1,1796006857.44387,'4f21608e-2c2b-493e-9a1c-83ed97636a98','{"id": "4f21608e-2c2b-493e-9a1c-83ed97636a98", "title": "Coffee", "status": "ACTIVE", "triggerActivityType": "events/Rsvp", "triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351", "sourceAppId": "553c79f3-5625-4f38-b14b-ef7c0d1e87df", "fixedAmount": {"configs": [{"points": 1}]}, "revision": "1", "createdDate": "2026-11-30T02:47:37.445Z", "updatedDate": "2026-11-30T02:47:37.445Z", "metadata": {"canBeDeleted": true}, "triggerFilters": []}');
INSERT INTO "items" VALUES(1,'["140603ad-af8d-84a5-2c80-a0f60cb47351", "events/Rsvp", "Tea", "ACTIVE", "fixed", ["None 2 None"], ""]','sending',1,1.79600685746266603469e+09,NULL,NULL);
INSERT INTO "items" VALUES(2,'["140603ad-af8d-84a5-2c80-a0f60cb47351", "events/Rsvp", "Cake", "ACTIVE", "fixed", ["None 3 None"], ""]','sending',1,1.79600685746266603469e+09,NULL,NULL);
CREATE TABLE run (key text primary key, value text not null);
INSERT INTO "run" VALUES('baseline','["0cb61c64-e784-48f5-a91b-0aa1320149df", "3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10", "61f971c4-b33b-4f39-8ebe-2677bce55789", "8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44", "a7d0b3c5-2e4f-4c61-9d38-5f7b1e0c9a62", "b690f925-8527-4d5e-b358-4b0adcb275b5", "c9e8d7f6-1a2b-4c3d-8e4f-5a6b7c8d9e0f", "e1f2a3b4-c5d6-4e7f-8a9b-0c1d2e3f4a5b"]');
CREATE INDEX contents on items (content);
COMMIT;
