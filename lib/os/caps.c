/* Linux capabilities, by the bare system call: libc has none for it. */
#include "lib/os/caps.h"

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* capset(2), version 3: two words of each set. */
enum { VERSION_3 = 0x20080522 };

struct caps_header {
	uint32_t version;
	int pid;
};

struct caps_word {
	uint32_t effective, permitted, inheritable;
};

int
caps_keep(const int *caps, size_t n)
{
	struct caps_header head = { VERSION_3, 0 };
	struct caps_word data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	for (size_t i = 0; i < n; i++)
		data[caps[i] / 32].permitted |= 1U << caps[i] % 32;
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted;
	return (int)syscall(SYS_capset, &head, data);
}
