/* SPDX-License-Identifier: MIT */
/* One RS256 token and the modulus of its key, made with openssl(1); the private key is gone. */
#pragma once

#define FIXED_KID "fixed"
/* clang-format off */
#define FIXED_MODULUS \
	"lyKqv1UTiXvUXz6n7JZKMjsk7fHAmKy6pHRUIEjGtiwhlNAuecBsw7bLsV3m2FYG0jVYlXhS_s3X" \
	"3HY825Janm_gzILL2IgPUai7d3uBtxPmobjLjUabMiOn7qHbnAi29B0T8AWIzzAA3EyTdDiPVz7J" \
	"gk8uAy70IK3VOgx69JbddXQgdPdMt6gkhPRGMgs5L8KKVpldZjCMTuey8zUZq6qDgwAtg1XqZqW4" \
	"uQMmaG_1PzX1KLHhwlqKUJukeUh8-D9_askfW_9V7B1kbpqoKbGbyl5lyzqlBC5aklZFE2TUJf4F" \
	"NAgFEoShFh7LMDC8SuuFq7jcfbQktBPtpPaIDQ"
#define FIXED_CLAIMS "{\"sub\":\"1\",\"exp\":2000000000}"
#define FIXED_TOKEN \
	"eyJraWQiOiJmaXhlZCIsImFsZyI6IlJTMjU2In0.eyJzdWIiOiIxIiwiZXhwIjoyMDAwMDAwMDAw" \
	"fQ.AFLDgx78eAQhXEdXQghhGtcTyP-3Se2J2tOmPPTkfGTk3YB8sMLfKO9Wrvq8plMzH-izV20Jr" \
	"SypTn9SrgaZgyUFFIqc2nl1vRl5h9QF_X2Q8xou_Zi8lY2Acwrt9JxpmWwOuFR4uJujLNZQ-8XJ6" \
	"1W5WUjs4ckzXK4u3ZUlLJaSHgUH9EdNtz1eTjULOP3uAehx3SYRej5QMOAoMIz3McYcivgicRQVi" \
	"x8AdM6pxEdlApXg-KxPJG5pDtKiSgPTRoaZlmPOboSnVHqiOJsSWeER2X8kEV40PzofepG7so93Y" \
	"0gxfJUUiZcR7w0c4ttCA2feYl-Tuh_CRGCbeaPyKA"
/* clang-format on */
