/* SPDX-License-Identifier: MIT */
/* What cppcheck sees of macros whose headers it does not read. */
#pragma once

#define _Noreturn __attribute__((noreturn))
#define json_array_foreach(array, index, value)                                                    \
	for (index = 0; index < json_array_size(array) && (value = json_array_get(array, index));  \
	     index++)
#define json_object_foreach(object, key, value)                                                    \
	for (key = json_object_first(object, &value); key;                                         \
	     key = json_object_after(object, key, &value))
