/* Commands by name, and the answers to CAPA and LANG. */
#include "pop3d/both.h"

const struct verb *
verb_find(const struct verb *verbs, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (span_case_is(name, verbs[i].name))
			return &verbs[i];
	return NULL;
}

void
capa_answer(struct out *o, const struct capa *c)
{
	out_str(o, "+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\n"
	    "AUTH-RESP-CODE\r\nUTF8\r\nLANG\r\n");
	if (c->user)
		out_str(o, "USER\r\n");
	if (c->sasl != NULL && c->sasl[0] != '\0') {
		out_str(o, "SASL");
		out_str(o, c->sasl);
		out_str(o, "\r\n");
	}
	if (c->stls)
		out_str(o, "STLS\r\n");
	out_str(o, "LOGIN-DELAY ");
	out_num(o, c->login_delay);
	out_str(o, "\r\nEXPIRE ");
	if (c->expire_days == UINT64_MAX)
		out_str(o, "NEVER");
	else
		out_num(o, c->expire_days);
	out_str(o, "\r\nIMPLEMENTATION postern\r\n.\r\n");
}

bool
lang_answer(struct out *o, struct span args)
{
	if (args.len == 0)
		out_str(o, "+OK languages:\r\nen English\r\n.\r\n");
	else if (span_is(args, "*") || span_case_is(args, "en") ||
	    span_case_is(args, "i-default"))
		out_str(o, "+OK en English it is\r\n");
	else
		return false;
	return true;
}
