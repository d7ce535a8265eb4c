using Microsoft.Playwright;
using Rekey.Contract.Bridge;

namespace Rekey.BrowserTests.Portal;

public sealed class RenewalFlowTests(Browser browser) : PortalTest(browser)
{
    [Fact]
    public async Task A_holder_goes_from_the_first_page_to_a_renewed_certificate()
    {
        await GoAsync("/CaUpdate/");
        await PictureAsync("01-home");
        await Page.Locator(".task--main").ClickAsync();
        await SeeAsync("证书更新条件");
        await PictureAsync("02-conditions");
        await Button("下一步").ClickAsync();
        await SeeAsync("打开续证助手");
        await PictureAsync("03-connect");

        using var agent = await Testing.Portal.FakeAgent.AttachAsync((await Link("打开续证助手").GetAttributeAsync("href"))!);
        await agent.ReportAsync(new ConsentAskedEvent());
        await agent.ListAsync(Certificate);
        await SeeAsync("选择要更新的证书");
        await PictureAsync("04-choose");
        await Button("确定").ClickAsync();
        await SeeAsync("请核对");
        await agent.PassPreflightAsync();
        await Assertions.Expect(Button("更新")).ToBeVisibleAsync();
        await PictureAsync("05-check");
        await Button("更新").ClickAsync();
        var command = await agent.CommandAsync<RenewCommand>();
        await agent.ReportAsync(new PinAskedEvent());
        await PictureAsync("05-pin");
        await agent.StepAsync(AgentStep.KeyGenerating);
        await SeeAsync("正在更新");
        var renewalId = Convert.FromHexString(command.RenewalId);
        await agent.StepAsync(AgentStep.KeyReady);
        await IssueAsync(renewalId);
        await agent.StepAsync(AgentStep.Writing);
        await Assertions.Expect(Page.Locator(".work .now")).ToContainTextAsync("写入 UKey");
        await PictureAsync("06-work");
        await agent.StepAsync(AgentStep.Written);
        await agent.StepAsync(AgentStep.Verified);
        await Portal.Outcome.ConfirmedAsync(renewalId, TestContext.Current.CancellationToken);
        await agent.StepAsync(AgentStep.Retired);
        await SeeAsync("更新好了");
        await PictureAsync("07-done");
        await Assertions.Expect(Page.Locator(".receipt-head")).ToContainTextAsync("2031年12月26日");
    }
}
