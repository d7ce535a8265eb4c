using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;
using Rekey.Web.Console;

namespace Rekey.Tests.Web;

/// <summary>
/// Every endpoint of the console × everybody who may stand at its door. The endpoints are those that the host has; one that this table
/// does not know fails the test, and so does one that is gone.
/// </summary>
public sealed class ConsoleAccessTests : IAsyncLifetime
{
    private const string Everyone = "super audit business entry review cards auditor";
    private const string Business = "business entry review cards auditor";

    // Who gets in; "anybody" also without a login.
    private static readonly Dictionary<string, string> Table = new()
    {
        ["GET /console"] = Everyone,
        ["GET /console/authorisations"] = Business,
        ["GET /console/authorisations/new"] = "cards",
        ["POST /console/authorisations/new"] = "cards",
        ["GET /console/authorisations/{id:long}"] = Business,
        ["POST /console/authorisations/{id:long}?handler=Sign"] = Business,
        ["POST /console/authorisations/{id:long}?handler=Signed"] = Business,
        ["POST /console/authorisations/{id:long}?handler=Refuse"] = "review",
        ["POST /console/authorisations/{id:long}?handler=Withdraw"] = "review cards",
        ["GET /console/login"] = Everyone + " anybody",
        ["GET /console/logout"] = Everyone,
        ["POST /console/logout"] = Everyone,
        ["GET /console/requests"] = Business,
        ["POST /console/requests?handler=Approve"] = "review",
        ["POST /console/requests?handler=Refuse"] = "review",
        ["GET /console/operators"] = "super audit business auditor",
        ["GET /console/operators/{id}"] = "super audit business auditor",
        ["POST /console/operators/{id}?handler=Confirm"] = "super audit business",
        ["POST /console/operators/{id}?handler=Change"] = "super audit business",
        ["POST /console/operators/{id}?handler=Remove"] = "super audit business",
        ["GET /console/operators/new"] = "super audit business",
        ["POST /console/operators/new"] = "super audit business",
        ["GET /console/subscribers"] = Business,
        ["GET /console/subscribers?handler=Export"] = Business,
        ["POST /console/subscribers?handler=Save"] = Business,
        ["POST /console/subscribers?handler=Forget"] = Business,
        ["GET /console/subscribers/one"] = Business,
        ["GET /console/subscribers/new"] = "entry",
        ["POST /console/subscribers/new"] = "entry",
        ["GET /console/subscribers/edit"] = "entry",
        ["POST /console/subscribers/edit"] = "entry",
        ["GET /console/subscribers/import"] = "entry",
        ["GET /console/subscribers/import?handler=Template"] = "entry",
        ["POST /console/subscribers/import"] = "entry",
        ["POST /console/subscribers/import?handler=Run"] = "entry",
    };

    private static readonly Dictionary<string, (OperatorRole Role, OperatorDuties Duties)> People = new()
    {
        ["super"] = (OperatorRole.SuperAdministrator, OperatorDuties.None),
        ["audit"] = (OperatorRole.AuditAdministrator, OperatorDuties.None),
        ["business"] = (OperatorRole.BusinessAdministrator, OperatorDuties.None),
        ["entry"] = (OperatorRole.Operator, OperatorDuties.Entry),
        ["review"] = (OperatorRole.Operator, OperatorDuties.Review),
        ["cards"] = (OperatorRole.Operator, OperatorDuties.CardMaking),
        ["auditor"] = (OperatorRole.Auditor, OperatorDuties.None),
    };

    private readonly Dictionary<string, RegisteredCertificate> certificates = [];
    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync(operators: new());
        foreach (var (name, (role, duties)) in People)
        {
            certificates[name] = await portal.AppointAsync(name, role, duties);
        }
    }

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task The_table_has_every_endpoint_and_no_other() => Assert.Equal(Table.Keys.Order(), (await EndpointsAsync()).Select(e => e.Name).Order());

    [Fact]
    public async Task Whoever_the_table_names_gets_in_and_nobody_else()
    {
        var wrong = new List<string>();
        foreach (var (name, _) in await EndpointsAsync())
        {
            var allowed = Table.GetValueOrDefault(name, "").Split(' ');
            foreach (var person in People.Keys)
            {
                // A session for each, because one of the endpoints ends it.
                using var visitor = await ConsoleVisitor.LoggedInAsync(portal, certificates[person]);
                using var response = await AskAsync(visitor, name);
                var isIn = response.StatusCode != HttpStatusCode.Forbidden && !IsSentToLogin(response);
                if (isIn != allowed.Contains(person))
                {
                    wrong.Add($"{name} × {person}: {(int)response.StatusCode}");
                }
            }

            using var nobody = new ConsoleVisitor(portal);
            using var answer = await AskAsync(nobody, name);
            if (IsSentToLogin(answer) == allowed.Contains("anybody"))
            {
                wrong.Add($"{name} × nobody: {(int)answer.StatusCode}");
            }
        }

        Assert.Equal([], wrong);
    }

    [Fact]
    public async Task Every_page_says_what_it_asks_for_and_every_handler_that_may_change_something_does_so_too()
    {
        foreach (var (name, page) in await EndpointsAsync())
        {
            if (page is null || page.ModelTypeInfo!.IsDefined(typeof(AllowAnonymousAttribute)))
            {
                continue;
            }

            Assert.True(page.ModelTypeInfo!.IsSubclassOf(typeof(ConsolePage)), $"{name}: {page.ModelTypeInfo} is no ConsolePage");
            Assert.True(page.ModelTypeInfo!.IsDefined(typeof(RequiresAttribute)), $"{name}: asks for nothing");
            Assert.All(page.HandlerMethods.Where(h => h.HttpMethod != "Get"), h => Assert.True(h.MethodInfo.GetCustomAttribute<RequiresAttribute>() is not null, $"{name}: {h.MethodInfo.Name} asks for nothing"));
        }
    }

    [Fact]
    public async Task A_form_without_its_token_or_with_anothers_changes_nothing()
    {
        using var mine = await ConsoleVisitor.LoggedInAsync(portal, certificates["entry"]);
        using var other = await ConsoleVisitor.LoggedInAsync(portal, certificates["review"]);
        var foreign = await other.TokenAsync();
        await mine.TokenAsync();
        mine.Cookies.Add(mine.Origin, new Cookie("rk-form", other.Cookies.GetCookies(other.Origin)["rk-form"]!.Value));
        foreach (var token in new[] { null, "", foreign })
        {
            using var refused = await mine.PostAsync("/console/logout", token);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        using var still = await mine.GetAsync("/console/");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    // Each page handler is one; "{x}" in a path becomes a name that nobody has.
    private async Task<IReadOnlyList<(string Name, CompiledPageActionDescriptor? Page)>> EndpointsAsync()
    {
        var loader = portal.Services.GetRequiredService<PageLoader>();
        var found = new List<(string, CompiledPageActionDescriptor?)>();
        foreach (var endpoint in portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
            if (path != ConsoleGate.Root && !path.StartsWith(ConsoleGate.Root + "/", StringComparison.Ordinal))
            {
                continue;
            }

            if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is { } described)
            {
                var page = await loader.LoadAsync(described, endpoint.Metadata);
                found.AddRange(page.HandlerMethods.Select(h => ($"{h.HttpMethod.ToUpperInvariant()} {path}{(h.Name is { } name ? $"?handler={name}" : "")}", (CompiledPageActionDescriptor?)page)));
                if (page.HandlerMethods.All(h => h.HttpMethod != "Get"))
                {
                    found.Add(($"GET {path}", page)); // a page without a handler answers all the same
                }
            }
            else
            {
                found.AddRange((endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(m => ($"{m} {path}", (CompiledPageActionDescriptor?)null)));
            }
        }

        return [.. found.Distinct()];
    }

    private static async Task<HttpResponseMessage> AskAsync(ConsoleVisitor visitor, string name)
    {
        var (method, path) = (name.Split(' ')[0], System.Text.RegularExpressions.Regex.Replace(name.Split(' ')[1], @"\{[^}]*\}", m => m.Value.EndsWith(":long}", StringComparison.Ordinal) ? "999999" : "nobody"));
        return method == "GET" ? await visitor.GetAsync(path) : await visitor.PostAsync(path);
    }

    // Logging out leads there, too, but not with a way back.
    private static bool IsSentToLogin(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.SeeOther && response.Headers.Location!.ToString().StartsWith("/console/login?returnTo=", StringComparison.Ordinal);
}
