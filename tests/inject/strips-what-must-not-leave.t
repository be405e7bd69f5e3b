#!/bin/sh
# Bcc, Return-Path and Content-Length never leave; what follows folds with them.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"

queues "all recipients are served" 'Fr@p.q Ts@e.c Tt@e.c Ta@b.c Tu@e.c' \
    "$inject" << 'E'
Return-Path: <r@p.q>
From: f@g.h
Bcc: s@e.c,
	t@e.c
To: a@b.c
content-length: 17
BCC : u@e.c
Subject: x
 Bcc: not a field

Bcc: in the body
E
is "$(stable)" 'From: f@g.h
To: a@b.c
Subject: x
 Bcc: not a field

Bcc: in the body' "and the fields are gone"
queues "also those that are not understood" 'Fjoe@test.example Ta@b.c' \
    "$sendmail" a@b.c << 'E'
To: x@y
Bcc: "broken

E
unlike "$(message)" 'broken' "a broken Bcc is still secret"
done_testing
