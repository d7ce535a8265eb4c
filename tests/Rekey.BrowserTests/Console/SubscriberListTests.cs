using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Rekey.BrowserTests.Portal;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers.Import;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Console;

/// <summary>The subscribers' pages in a real browser: the list that draws itself anew, the keyboard, and what axe and the eye find.</summary>
public sealed class SubscriberListTests(Browser browser) : PortalTest(browser)
{
    protected override Task<PortalHost> StartPortalAsync() => PortalHost.StartAsync(operators: new());

    [Fact]
    public async Task A_list_is_searched_without_loading_the_page_and_walked_through_by_keys()
    {
        await LogInAsync();
        await GoAsync("/console/subscribers");
        await Page.EvaluateAsync("window.sameDocument = true");
        var box = Page.GetByRole(AriaRole.Searchbox);
        await box.FillAsync("中学");
        await box.PressAsync("Enter");
        await Assertions.Expect(Page.Locator("#grid-total")).ToHaveTextAsync("共 60 个");
        await Assertions.Expect(Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("q="));
        await Page.GetByRole(AriaRole.Link, new() { Name = "下一页" }).ClickAsync();
        await Assertions.Expect(Page.GetByText("云泽市第026中学")).ToBeVisibleAsync();
        Assert.True(await Page.EvaluateAsync<bool>("window.sameDocument === true"));
        await Page.GoBackAsync();
        await Assertions.Expect(Page.GetByText("云泽市第001中学")).ToBeVisibleAsync();
        await Page.Locator("h1").ClickAsync();
        await Page.Keyboard.PressAsync("j");
        await Page.Keyboard.PressAsync("j");
        await Page.Keyboard.PressAsync("k");
        await Page.Keyboard.PressAsync("ArrowDown");
        await Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Heading).ToHaveTextAsync("云泽市第002中学");
    }

    [Fact]
    public async Task Every_page_is_well_wide_narrow_dark_and_in_English()
    {
        await LogInAsync();
        await GoAsync("/console/subscribers?q=云泽市第一");
        var one = (await Page.Locator("a[data-row]").First.GetAttributeAsync("href"))!;
        var pages = new[] { ("subscribers", "/console/subscribers"), ("subscriber", one), ("edit", one.Replace("/one?", "/edit?", StringComparison.Ordinal)), ("new", "/console/subscribers/new"), ("import", "/console/subscribers/import"), ("nobody", "/console/subscribers?q=xyz") };
        foreach (var english in new[] { false, true })
        {
            await Page.Context.AddCookiesAsync([new() { Url = Portal.Address, Name = ".AspNetCore.Culture", Value = Uri.EscapeDataString(english ? "c=en|uic=en" : "c=zh-CN|uic=zh-CN") }]);
            foreach (var (name, path) in pages)
            {
                await GoAsync(path);
                foreach (var (look, width, dark) in new[] { ("", 1366, false), (".1093", 1093, false), (".dark", 1366, true) })
                {
                    await Page.SetViewportSizeAsync(width, 768);
                    await Page.EmulateMediaAsync(new() { ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light });
                    var picture = $"console-{name}{look}{(english ? ".en" : "")}";
                    await PictureAsync(picture);
                    await ExpectAccessibleAsync(picture);
                    Assert.True(await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{picture}: the page scrolls sideways");
                }
            }
        }
    }

    private async Task LogInAsync()
    {
        var table = string.Join('\n', Enumerable.Range(1, 60).Select(i => $"U-{i:D3},云泽市第{i:D3}中学").Prepend("id,name"));
        await Portal.Services.GetRequiredService<ImportSubscribers>().ImportAsync(new MemoryStream(Encoding.UTF8.GetBytes(table)), ImportMode.AllOrNothing, "test", TestContext.Current.CancellationToken);
        var person = await Portal.AppointAsync("李晓燕", OperatorRole.Operator, OperatorDuties.Entry);
        var secret = await Portal.Services.GetRequiredService<ConsoleSessions>().BeginAsync(person.Sha256, TestContext.Current.CancellationToken);
        await Page.Context.AddCookiesAsync([new() { Url = Portal.Address, Name = ConsoleVisitor.Cookie, Value = secret }]);
    }
}
