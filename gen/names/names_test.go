package names_test

import (
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/names"
)

func TestSpellingsOfTheSameWordsGiveTheSameNames(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spellings []string
		goName    string
		snake     string
	}{
		"one word":                      {[]string{"password", "Password"}, "Password", "password"},
		"words":                         {[]string{"client_secret", "client-secret", "clientSecret", "ClientSecret"}, "ClientSecret", "client_secret"},
		"an initialism":                 {[]string{"db", "DB", "Db"}, "DB", "db"},
		"an initialism first":           {[]string{"api_token", "api-token", "apiToken", "ApiToken", "APIToken"}, "APIToken", "api_token"},
		"an initialism last":            {[]string{"user_id", "userId", "userID", "UserID"}, "UserID", "user_id"},
		"initialisms side by side":      {[]string{"http_api_key", "HTTPAPIKey", "HttpApiKey"}, "HTTPAPIKey", "http_api_key"},
		"a longer initialism":           {[]string{"https_url", "HTTPSURL", "HttpsUrl"}, "HTTPSURL", "https_url"},
		"a plural":                      {[]string{"api_urls", "APIURLs", "ApiUrls"}, "APIURLs", "api_urls"},
		"a plural before a word":        {[]string{"ids_file", "IDsFile"}, "IDsFile", "ids_file"},
		"a plural Go does not know":     {[]string{"skus", "SKUs", "Skus"}, "Skus", "skus"},
		"a word that ends in s":         {[]string{"access_key", "AccessKey"}, "AccessKey", "access_key"},
		"OAuth":                         {[]string{"oauth_token", "o_auth_token", "oauthToken", "OAuthToken", "OauthToken"}, "OAuthToken", "oauth_token"},
		"OAuth with digits":             {[]string{"oauth2_token", "OAuth2Token"}, "OAuth2Token", "oauth2_token"},
		"OAuth behind an initialism":    {[]string{"db_oauth", "DBOAuth"}, "DBOAuth", "db_oauth"},
		"words that begin like it":      {[]string{"oauthor", "Oauthor"}, "Oauthor", "oauthor"},
		"UTF8":                          {[]string{"utf8_key", "UTF8Key", "Utf8Key"}, "UTF8Key", "utf8_key"},
		"UTF8 behind an initialism":     {[]string{"id_utf8", "IDUTF8"}, "IDUTF8", "id_utf8"},
		"a digit in a word":             {[]string{"s3_bucket", "s3Bucket", "S3Bucket"}, "S3Bucket", "s3_bucket"},
		"a digit behind capitals":       {[]string{"ec2_ip", "EC2IP"}, "Ec2IP", "ec2_ip"},
		"a number as a word":            {[]string{"key_2", "key2", "Key2"}, "Key2", "key2"},
		"a numbered initialism":         {[]string{"api2_token", "API2Token", "api_2_token"}, "API2Token", "api2_token"},
		"a version":                     {[]string{"v2beta_key", "V2betaKey"}, "V2betaKey", "v2beta_key"},
		"capitals Go does not know":     {[]string{"sku", "SKU", "Sku"}, "Sku", "sku"},
		"a single letter":               {[]string{"plan_b_key", "PlanBKey"}, "PlanBKey", "plan_b_key"},
		"a letter behind an initialism": {[]string{"db_a_key", "DBAKey"}, "DBAKey", "db_a_key"},
		"a letter and a digit":          {[]string{"db_a2", "DBA2"}, "DBA2", "db_a2"},
		"a plural in capitals":          {[]string{"URLS", "Urls", "urls"}, "URLs", "urls"},
		"letters that run together":     {[]string{"a_b", "AB", "ab"}, "Ab", "ab"},
		"an initialism in the way":      {[]string{"ui_d", "UID", "uid"}, "UID", "uid"},
		"separators to spare":           {[]string{"__a--word_", "AWord"}, "AWord", "a_word"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, spelling := range test.spellings {
				if diff := cmp.Diff(test.goName, names.Go(spelling)); diff != "" {
					t.Errorf("Go(%q) (-want +got):\n%s", spelling, diff)
				}
				if diff := cmp.Diff(test.snake, names.Snake(spelling)); diff != "" {
					t.Errorf("Snake(%q) (-want +got):\n%s", spelling, diff)
				}
			}
		})
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want bool
	}{
		"letters":            {"Password", true},
		"all that is legal":  {"azAZ09_-", true},
		"64 bytes":           {strings.Repeat("a", 64), true},
		"65 bytes":           {strings.Repeat("a", 65), false},
		"nothing":            {"", false},
		"a digit first":      {"2fa", false},
		"an underscore":      {"_", false},
		"a dash first":       {"-a", false},
		"a dot":              {"a.b", false},
		"a space":            {"a b", false},
		"a line break":       {"a\n//go:embed", false},
		"a letter like an a": {"pаssword", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := names.Valid(test.text); got != test.want {
				t.Errorf("Valid(%q) = %v, want %v", test.text, got, test.want)
			}
		})
	}
}

func TestFunctionsCarryTheNameOfAnotherRoot(t *testing.T) {
	t.Parallel()
	for root, want := range map[string][]string{
		"Secrets": {"Open", "New", "Declarations"},
		"App":     {"OpenApp", "NewApp", "AppDeclarations"},
	} {
		open, create, declarations := names.Functions(root)
		if diff := cmp.Diff(want, []string{open, create, declarations}); diff != "" {
			t.Errorf("Functions(%q) (-want +got):\n%s", root, diff)
		}
	}
}

// Both names depend on the words alone, and either gives the other.
func FuzzGoAndSnakeAgree(f *testing.F) {
	for _, seed := range []string{"api_token", "OAuthToken", "a_b", "ui_d", "UTF8API", "x_ids", "EC2IP", "https_s", "d_bs", "key_2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !names.Valid(text) {
			return
		}
		goName, snake := names.Go(text), names.Snake(text)
		if !token.IsIdentifier(goName) || !token.IsExported(goName) || strings.Contains(goName, "_") {
			t.Fatalf("Go(%q) = %q is not an exported identifier in mixed caps", text, goName)
		}
		for word := range strings.SplitSeq(snake, "_") {
			if !names.Valid(word) || strings.ToLower(word) != word {
				t.Fatalf("Snake(%q) = %q has the word %q", text, snake, word)
			}
		}
		for _, spelling := range []string{goName, snake, strings.ReplaceAll(snake, "_", "-")} {
			if got := names.Go(spelling); got != goName {
				t.Errorf("Go(%q) = %q, but Go(%q) = %q", text, goName, spelling, got)
			}
			if got := names.Snake(spelling); got != snake {
				t.Errorf("Snake(%q) = %q, but Snake(%q) = %q", text, snake, spelling, got)
			}
		}
	})
}
