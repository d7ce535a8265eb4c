using Rekey.Agent.Configuration;
using Rekey.Agent.Login;
using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing.Pki;
using Rekey.Testing.Tokens;
using Rekey.Tokens;

namespace Rekey.Tests.Agent;

/// <summary>What the agent decides about a login by itself: for whom, with which certificate, in which browser.</summary>
public sealed class LoginAtAgentTests
{
    private static readonly string Ticket = new('A', 43);
    private static readonly string[] Sites = ["https://audit.example"];

    [Fact]
    public void A_launch_address_says_what_it_is_for()
    {
        foreach (var (word, purpose) in new[] { ("login", SessionPurpose.Login), ("sign", SessionPurpose.Sign) })
        {
            var address = new LaunchAddress("https://audit.example", Ticket, purpose);
            Assert.Equal($"rekey://{word}?v=1&o=https%3A%2F%2Faudit.example&t={Ticket}", address.ToString());
            Assert.Equal(address, LaunchAddress.Parse(address.ToString()));
        }

        Assert.Null(LaunchAddress.Parse($"rekey://erase?v=1&o=https%3A%2F%2Faudit.example&t={Ticket}"));
    }

    [Theory]
    [InlineData("https://ra.example", SessionPurpose.Renew, true)]
    [InlineData("https://ra.example", SessionPurpose.Login, true)]
    [InlineData("https://audit.example", SessionPurpose.Login, true)]
    [InlineData("https://audit.example", SessionPurpose.Sign, true)]
    [InlineData("https://audit.example", SessionPurpose.Renew, false)]
    [InlineData("https://evil.example", SessionPurpose.Login, false)]
    [InlineData("https://audit.example.", SessionPurpose.Login, false)]
    public void A_site_for_logins_may_ask_for_nothing_else(string origin, SessionPurpose purpose, bool allowed)
    {
        var config = new AgentConfig(["https://ra.example"], [], LoginOrigins: Sites);
        Assert.Equal(allowed, config.Allows(new(origin, Ticket, purpose)));
    }

    [Theory]
    [InlineData("http://audit.example", true)]
    [InlineData("https://audit.example/", true)]
    [InlineData("https://audit.example", false)]
    public void Sites_for_logins_are_judged_like_all_others(string origin, bool isRoots)
    {
        var owner = isRoots ? FileOwner.Administrator : FileOwner.Caller;
        var config = new AgentConfig(["http://localhost:8008"], [], LoginOrigins: [origin]);
        var e = Assert.Throws<ProblemException>(() => ConfigFile.CheckOrigins("agent.json", config, owner));
        Assert.Contains("loginOrigins", e.Problem.Arguments[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_that_can_log_in_are_offered_and_the_one_that_lasts_longest_first()
    {
        var pki = new TestPki();
        var issuer = Certificate.FromDer(pki.Issuing.Der);
        var expired = Issue(pki, -1);
        var current = Issue(pki, 300);
        var foreign = Issue(new TestPki(), 500);
        var encryption = new TokenCertificates(pki).Issue(
            SoftwareSigningKey.Generate(AlgorithmSuite.P256).PublicKey.Spki.Span, usage: System.Security.Cryptography.X509Certificates.X509KeyUsageFlags.KeyEncipherment);
        var survey = new TokenSurvey(
            [new(new(null!, null!), [Pair(expired), Pair(encryption), Pair(pki.Issuing.Der), Pair(current), Pair([1, 2, 3]), Pair(foreign), Pair(Issue(pki, 400), key: false), Pair(Issue(pki, 400), PairUse.Encryption)])],
            []);

        var byThisCa = LoginCertificates.Usable(survey, [Convert.ToBase64String(issuer.Subject.Encoded.Span)]);

        // The other test CA has the same name: a name only guides, and the site judges.
        Assert.Equal([foreign, current, expired], byThisCa.Select(c => c.Der));
        Assert.Empty(LoginCertificates.Usable(survey, ["MAA="]));
        Assert.Equal([foreign, current, expired], LoginCertificates.Usable(survey, []).Select(c => c.Der));
    }

    [Theory]
    [InlineData("chromium --user-data-dir=/tmp/a --profile-directory=Second --no-sandbox https://audit.example", "--user-data-dir=/tmp/a --profile-directory=Second")]
    [InlineData("firefox-esr -P work --new-window https://audit.example", "-P work")]
    [InlineData("firefox --profile /tmp/b", "--profile /tmp/b")]
    [InlineData("firefox --profile", "")]
    [InlineData("chrome", "")]
    public void The_return_page_opens_in_the_profile_that_launched_the_agent(string commandLine, string kept) =>
        Assert.Equal(kept, string.Join(' ', ReturnBrowser.Profile(commandLine.Split(' '))));

    [Fact]
    public void A_browser_that_is_not_there_is_a_problem() => Assert.Equal(
        Problems.BrowserNotOpened(), Assert.Throws<ProblemException>(() => new ReturnBrowser("/nonexistent/browser").Open("https://audit.example/rekey/return#x")).Problem);

    private static byte[] Issue(TestPki pki, int days) =>
        pki.Issue("CN=张伟", pki.Issuing, AlgorithmSuite.P256, notBefore: pki.Now.AddDays(-2), notAfter: pki.Now.AddDays(days)).Der;

    private static TokenPair Pair(byte[] der, PairUse use = PairUse.Signing, bool? key = null) => new([1], use, "", null, der, key, null);
}
