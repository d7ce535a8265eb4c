using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Ra;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Portal;

/// <summary>What a holder reads while business systems still need the old encryption key, where renewals wait for them if they can.</summary>
public sealed class OldKeyPageStateTests(Browser browser) : PageStateTest(browser)
{
    private const string Bids = "云泽市公共资源交易平台";

    protected override Task<PortalHost> StartPortalAsync() => PortalHost.StartAsync(o => o with
    {
        Renewal = new() { Profiles = new Dictionary<string, ProfileRule> { ["default"] = new() { KeyType = "P-256", EncryptionKeyType = "P-256", WhileOldKeyIsNeeded = WhileOldKeyIsNeeded.Wait } } },
    });

    [Fact]
    public async Task Check_and_business_systems_need_the_old_key_longer_than_the_certificate_lives()
    {
        // Of a system with several dates the last one counts.
        var half = await WithHalfAsync(Certificate);
        await Portal.NeedAsync(half, Bids, "2027-03-31", "2027 年一季度开标");
        await Portal.NeedAsync(half, Bids, "2027-01-31", "一月开标");
        await Portal.NeedAsync(half, "Provincial archive of sealed documents", "2027-01-31", "sealed minutes of 2026");
        using var agent = await ReachCheckAsync();
        var notice = Page.Locator(".notice--warn");
        await Assertions.Expect(notice).ToHaveCountAsync(1);
        await Assertions.Expect(notice.Locator("b")).ToHaveCountAsync(2);
        await Assertions.Expect(notice).ToContainTextAsync("「云泽市公共资源交易平台」还要用您现在的加密密钥，用到2027年3月31日（2027 年一季度开标）。");
        await LookAsync("05-check-old-key");
    }

    [Fact]
    public async Task Check_and_the_renewal_waits_for_a_business_system()
    {
        var half = await WithHalfAsync(Certificate);
        await Portal.NeedAsync(half, Bids, "2026-12-10", "年底开标");
        using var agent = await ReachChooseAsync();
        await Assertions.Expect(Page.Locator(".why")).ToContainTextAsync(Bids);
        await LookAsync("04-choose-waits");
        await Page.Locator(".why button").ClickAsync();
        await SeeAsync(Problems.RenewalWaits(Bids, new(2026, 12, 10)));
        await LookAsync("05-check-waits");
    }

    private async Task<Rekey.Ra.Subscribers.RegisteredCertificate> WithHalfAsync(byte[] signing)
    {
        await using var db = await Portal.DatabaseAsync();
        var sha256 = System.Security.Cryptography.SHA256.HashData(signing);
        return await Portal.RegisterHalfAsync(await db.Certificates.Include(c => c.Subscriber).SingleAsync(c => c.Sha256 == sha256));
    }
}
