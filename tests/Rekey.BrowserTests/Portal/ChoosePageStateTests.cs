using Microsoft.Playwright;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Portal;

/// <summary>Choosing a certificate, the check before the renewal, the PIN.</summary>
public sealed class ChoosePageStateTests(Browser browser) : PageStateTest(browser)
{
    [Fact]
    public async Task Choose_among_several_certificates()
    {
        var late = Portal.Pki.Issue("云泽市第一人民医院体检中心", DemoPki.Day("2021-10-15"), DemoPki.Day("2026-10-09"));
        var early = Portal.Pki.Issue("王秀兰（个人）", DemoPki.Day("2024-03-15"), DemoPki.Day("2029-03-14"));
        await Portal.RegisterAsync(late);
        await Portal.RegisterAsync(early);
        using var agent = await ReachChooseAsync(early, Certificate, late, Foreign());
        await Assertions.Expect(Page.Locator(".cert")).ToHaveCountAsync(3);
        await Assertions.Expect(Page.Locator(".cert--on .cert-name")).ToHaveTextAsync("云泽市第一人民医院体检中心");
        await LookAsync("04-choose");
        await Page.Locator("label.cert").Nth(1).ClickAsync();
        await Assertions.Expect(Page.Locator(".cert--on .cert-name")).ToHaveTextAsync("云泽市第一人民医院");
        await Button("确定").ClickAsync();
        await Assertions.Expect(Page.Locator(".facts dd").First).ToHaveTextAsync("云泽市第一人民医院");
    }

    [Fact]
    public async Task Choose_when_nothing_can_be_renewed()
    {
        var late = Portal.Pki.Issue("云泽市急救中心", DemoPki.Day("2020-10-14"), DemoPki.Day("2025-10-08"));
        var unknown = Portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        await Portal.RegisterAsync(late);
        using var agent = await ReachChooseAsync(late, unknown);
        await LookAsync("04-choose-nothing");
        await Button("怎么办？").First.ClickAsync();
        await SeeAsync(Problems.RenewalTooLate(new(2025, 10, 8), 412, 300));
        await LookAsync("08-error-range");
        await Link("换一张证书").ClickAsync();
        await SeeAsync("选择要更新的证书");
    }

    [Fact]
    public async Task Choose_reads_again_when_asked()
    {
        using var agent = await ReachChooseAsync(Foreign());
        await Assertions.Expect(Page.Locator(".cert")).ToHaveCountAsync(0);
        await LookAsync("04-choose-foreign");
        await Page.Locator(".keybar button").ClickAsync();
        await agent.CommandAsync<ReadAgainCommand>();
        var other = FakeAgent.Token with { SerialNumber = "20C7" };
        await agent.ReportAsync(new CertificatesEvent(
            [FakeAgent.Token, other], [new(Convert.ToBase64String(Foreign()), 0), new(Convert.ToBase64String(Certificate), 1)], []));
        await Assertions.Expect(Page.Locator(".cert-name")).ToHaveTextAsync("云泽市第一人民医院");
        await LookAsync("04-choose-two-keys");
    }

    [Fact]
    public async Task Check_running_then_ready()
    {
        using var agent = await ReachChooseAsync();
        await Button("确定").ClickAsync();
        await Assertions.Expect(Page.Locator(".actions .wait")).ToContainTextAsync("正在检查");
        await LookAsync("05-check-running");
        await agent.PassPreflightAsync();
        await Assertions.Expect(Button("更新")).ToBeVisibleAsync();
        await LookAsync("05-check");
        await Link("不是这张，重新选").ClickAsync();
        await SeeAsync("选择要更新的证书");
    }

    [Fact]
    public async Task Check_with_a_warning_and_a_failure()
    {
        using var agent = await ReachChooseAsync();
        await Button("确定").ClickAsync();
        await agent.PassPreflightAsync(
            new PreflightCheck(PreflightKind.PinTries, PreflightOutcome.Warning, WireProblem.Of(Problems.PinLastTry())),
            new PreflightCheck(PreflightKind.Room, PreflightOutcome.Failed, WireProblem.Of(Problems.TokenFull())));
        await Assertions.Expect(Page.Locator(".notice--danger")).ToContainTextAsync("空间不够");
        await LookAsync("05-check-failed");
        await Button("再检查一次").ClickAsync();
        await agent.PassPreflightAsync();
        await Assertions.Expect(Button("更新")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Check_with_the_pin_window_open_and_wrong_pins()
    {
        using var agent = await ReachCheckAsync();
        await Button("更新").ClickAsync();
        await agent.CommandAsync<RenewCommand>();
        await agent.ReportAsync(new PinAskedEvent());
        await Assertions.Expect(Page.Locator(".actions .wait")).ToContainTextAsync("正在等您输入口令");
        await LookAsync("05-pin");
        await agent.ReportAsync(new PinWrongEvent(5));
        await agent.ReportAsync(new PinAskedEvent());
        await Assertions.Expect(Page.Locator(".notice--warn")).ToContainTextAsync("口令不对，还可以试 5 次");
        await LookAsync("05-pin-wrong");
        await agent.ReportAsync(new PinWrongEvent(1));
        await Assertions.Expect(Page.Locator(".notice--warn")).ToContainTextAsync("只剩最后一次");
        await LookAsync("05-pin-last");
        await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.PinLocked())));
        await SeeAsync(Problems.PinLocked());
        await LookAsync("05-pin-locked");
    }
}
