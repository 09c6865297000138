// Command check reads an installation with Kubernetes' own code: `make e2e-crd` builds it from Debian's packages, beside the API server.
//
//	check decode <manifests.yaml                           are they what Kubernetes' types say, to the last field?
//	check render CHART VALUES NAMESPACE                    the chart by Go's templates and the functions that Helm adds
//	check inject policy.yaml <pods.yaml                    pods as the policy makes them, one in a line; null where it has nothing to do
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	core "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apiserver/pkg/admission"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

func main() {
	var err error
	switch arguments := os.Args[2:]; os.Args[1] {
	case "decode":
		err = decode(read(os.Stdin))
	case "render":
		err = render(arguments[0], arguments[1], arguments[2])
	case "inject":
		file, openError := os.Open(arguments[0])
		if openError != nil {
			panic(openError)
		}
		err = inject(read(file), read(os.Stdin))
	default:
		err = fmt.Errorf("no mode %s", os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// read gives the documents of a stream, those of comments alone left out.
func read(from io.Reader) [][]byte {
	text, err := io.ReadAll(from)
	if err != nil {
		panic(err)
	}
	var documents [][]byte
	for _, document := range bytes.Split(append([]byte("\n"), text...), []byte("\n---\n")) {
		var value map[string]any
		if err := yaml.Unmarshal(document, &value); err != nil || value != nil {
			documents = append(documents, document)
		}
	}
	return documents
}

// decode says of each document whether it is read without an error. Kinds of others, such as cert-manager's, are passed over.
func decode(documents [][]byte) error {
	if err := apiextensions.AddToScheme(scheme.Scheme); err != nil {
		return err
	}
	options := serializer.SerializerOptions{Yaml: true, Strict: true}
	strict := serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, options)
	for _, document := range documents {
		_, kind, err := strict.Decode(document, nil, nil)
		if runtime.IsNotRegisteredError(err) {
			fmt.Println("unknown", kind)
			continue
		}
		if err != nil {
			return fmt.Errorf("%v: %w", kind, err)
		}
		fmt.Println("good", kind)
	}
	return nil
}

func render(chart, changes, namespace string) error {
	values := map[string]any{}
	defaults, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		return err
	}
	// What is in both counts as it is in the second.
	for _, text := range [][]byte{defaults, []byte(changes)} {
		if err := yaml.Unmarshal(text, &values); err != nil {
			return err
		}
	}
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = func(value any) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	root := map[string]any{
		"Values":  values,
		"Release": map[string]any{"Namespace": namespace},
		"Chart":   map[string]any{"AppVersion": "0.0.0"},
	}
	return filepath.WalkDir(filepath.Join(chart, "templates"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		parsed, err := template.New(path).Option("missingkey=zero").Funcs(functions).Parse(string(text))
		if err != nil {
			return err
		}
		fmt.Println("---")
		return parsed.Execute(os.Stdout, root)
	})
}

// inject evaluates the policy as the API server's plugin does.
func inject(policies, pods [][]byte) error {
	policy := &admissionregistration.MutatingAdmissionPolicy{}
	for _, document := range policies {
		found, _, err := scheme.Codecs.UniversalDeserializer().Decode(document, nil, nil)
		if err != nil {
			return err
		}
		if match, is := found.(*admissionregistration.MutatingAdmissionPolicy); is {
			policy = match
		}
	}
	compiler, err := plugincel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		return err
	}
	options := plugincel.OptionalVariableDeclarations{HasAuthorizer: true}
	var variables []plugincel.NamedExpressionAccessor
	for _, each := range policy.Spec.Variables {
		variables = append(variables, &validating.Variable{Name: each.Name, Expression: each.Expression})
	}
	compiler.CompileAndStoreVariables(variables, options, environment.StoredExpressions)
	var conditions []plugincel.ExpressionAccessor
	for i := range policy.Spec.MatchConditions {
		conditions = append(conditions, (*matchconditions.MatchCondition)(&policy.Spec.MatchConditions[i]))
	}
	matcher := matchconditions.NewMatcher(
		compiler.CompileCondition(conditions, options, environment.StoredExpressions),
		policy.Spec.FailurePolicy, "policy", "validate", policy.Name,
	)
	options.HasPatchTypes = true
	condition := &patch.JSONPatchCondition{Expression: policy.Spec.Mutations[0].JSONPatch.Expression}
	patcher := patch.NewJSONPatcher(compiler.CompileMutatingEvaluator(condition, options, environment.StoredExpressions))
	for _, document := range pods {
		ctx := compiler.CreateContext(context.Background())
		pod, kind, err := scheme.Codecs.UniversalDeserializer().Decode(document, nil, nil)
		if err != nil {
			return err
		}
		made, err := admit(ctx, pod.(*core.Pod), *kind, matcher, patcher)
		if err != nil {
			return err
		}
		line, err := json.Marshal(made)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

// admit gives the pod as it is to be, nil where no condition lets the policy at it or it changes nothing.
func admit(ctx context.Context, pod *core.Pod, kind schema.GroupVersionKind, matcher matchconditions.Matcher, patcher patch.Patcher) (runtime.Object, error) {
	resource := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	attributes := &admission.VersionedAttributes{
		Attributes: admission.NewAttributesRecord(
			pod, nil, kind, pod.Namespace, pod.Name, resource, "", admission.Create, &meta.CreateOptions{}, false, nil,
		),
		VersionedKind:   kind,
		VersionedObject: pod,
	}
	result := matcher.Match(ctx, attributes, nil, nil)
	if result.Error != nil || !result.Matches {
		return nil, result.Error
	}
	made, err := patcher.Patch(ctx, patch.Request{
		MatchedResource:     resource,
		VersionedAttributes: attributes,
		ObjectInterfaces:    admission.NewObjectInterfacesFromScheme(scheme.Scheme),
		OptionalVariables:   plugincel.OptionalVariableBindings{},
		Namespace:           &core.Namespace{},
	}, celconfig.RuntimeCELCostBudget)
	return made, err
}
